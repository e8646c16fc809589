// Sessions and seat sign-in as seen on the wire. It must not know how secrets are minted or kept.
import { z } from 'zod';
import { Platform, Role, SeatId } from './words.ts';

export const SessionBody = z.object({
  user: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
  otp: z
    .string()
    .regex(/^\d{6}$/)
    .optional()
    .meta({ description: 'The six digits an authenticator shows, where the account has a second factor.' }),
});
/** What an authenticator is given, once. */
export const OtpEnrolment = z
  .object({
    secret: z.string().meta({ description: 'Base32, for typing in by hand. Shown this once.' }),
    uri: z.string().meta({ description: 'otpauth://…, for a QR code.' }),
  })
  .meta({ id: 'OtpEnrolment' });
export type OtpEnrolment = z.infer<typeof OtpEnrolment>;
export const SessionView = z
  .object({
    user: z.string(),
    role: Role,
    platform: Platform.optional(),
    seat: SeatId.optional(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export const SessionOpened = SessionView.extend({ token: z.string() });

export const SipAccount = z
  .object({
    uri: z.string().meta({ description: 'sip:1001@host:port' }),
    username: z.string(),
    password: z.string().meta({ description: 'Dies at sign-out.' }),
    wsUri: z.string().meta({ description: 'SIP over WebSocket through this server, for browsers.' }),
    registrar: z.string().meta({ description: 'host:port for SIP over UDP.' }),
  })
  .meta({ id: 'SipAccount' });
export type SipAccount = z.infer<typeof SipAccount>;
