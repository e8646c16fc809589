// Notices of major matters: what is open, and a supervisor's word that its platform knows (WR2, R24).
// It must not decide when they are chased: domain/notice does.
import { z } from 'zod';
import { AcknowledgeNoticeBody, NoticeView } from '../../protocol/notice.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { masked } from '../privacy/masking.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { CallParams, listOf, refusals } from './shapes.ts';

export function noticeRoutes(api: Api, surface: Surface): void {
  const { notices } = surface.deps.engine;
  api.get(
    '/v1/notices',
    {
      schema: {
        tags: ['notices'],
        summary: 'Notices to your platform: open ones first, acknowledged ones of the last day after them',
        response: { 200: listOf(NoticeView), ...refusals },
      },
    },
    (request) => ({ items: notices.list(identityOf(request).actor.platform).map((view) => masked(view)) }),
  );
  api.post(
    '/v1/notices/:id/acknowledge',
    {
      schema: {
        tags: ['notices'],
        summary: 'Your platform knows of the major matter of this call; it is chased no longer',
        params: CallParams,
        body: AcknowledgeNoticeBody,
        response: { 202: NoticeView.extend({ version: z.int() }), ...refusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { platform } = identityOf(request).actor;
      if (platform === null) throw new Refusal('forbidden');
      const { version, seen } = await carryOut(surface, request, {
        action: 'notice.acknowledge',
        subject: id,
        body: request.body,
        run: (key, actor) => notices.acknowledge(id, platform, key, actor, request.body.note ?? null),
        see: (_actor, view) => masked(view),
      });
      return reply.code(202).send({ ...seen, version });
    },
  );
}
