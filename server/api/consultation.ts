// The quarter's pack for the consultation meeting (会商, R11): one page of HTML to print, without scripts or pictures.
// It must not hold a figure of its own: every number comes out of a report, and says which.
import type { Report, ReportBy, ReportName } from '../protocol/reports.ts';
import type { Time } from '../protocol/words.ts';
import type { ReportMaker } from './report-making.ts';

const mostRows = 20;
const words: Readonly<Record<string, string>> = {
  returned: '退回',
  disputed: '管辖争议',
  decided: '已裁定',
  transfer: '发起转接',
  'transfer.accepted': '转接成功',
  'transfer.failed': '转接失败',
  'transfer.cancelled': '取消',
  'transfer.merged': '转为三方通话',
  'transfer.open': '未有结果',
  'three-way': '三方通话定责',
  opened: '受理登记',
  accepted: '接收',
  'handed-over': '转出',
  escalated: '升级110',
  joint: '联合处置',
  closed: '办结',
  assigned: '派发',
  arrived: '到场',
  'fed-back': '反馈',
};
const deadlines: Readonly<Record<string, string>> = {
  accept: '接收',
  sign: '签收',
  'on-site': '到场',
  feedback: '反馈',
  close: '办结',
};

const safe = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? '<p class="none">本季度没有记录。</p>'
    : `<table><thead><tr>${head.map((cell) => `<th>${safe(cell)}</th>`).join('')}</tr></thead><tbody>${rows
        .map((row) => `<tr>${row.map((cell) => `<td>${safe(cell)}</td>`).join('')}</tr>`)
        .join('')}</tbody></table>`;

const count = (row: Report['rows'][number], figure: string): number => row.figures[figure]?.count ?? 0;
const weight = (row: Report['rows'][number], figures: readonly string[]): number =>
  figures.reduce((sum, figure) => sum + count(row, figure), 0);

/** The rows that matter most first; what is left out is said. */
function counted(report: Report, head: string, figures: readonly string[]): string {
  const inTime = ['day', 'week', 'month', 'hour'].includes(report.by);
  const rows = inTime
    ? report.rows
    : report.rows.toSorted((a, b) => weight(b, figures) - weight(a, figures)).slice(0, mostRows);
  const left = report.rows.length - rows.length;
  return (
    table(
      [head, ...figures.map((figure) => words[figure] ?? figure)],
      rows.map((row) => [
        row.name === '' ? '（未填）' : row.name,
        ...figures.map((figure) => String(count(row, figure))),
      ]),
    ) + (left > 0 ? `<p class="none">另有 ${String(left)} 行未列出。</p>` : '')
  );
}

function punctual(report: Report, head: string, names: readonly string[]): string {
  const share = (row: Report['rows'][number], name: string): string => {
    const [good, late, unmet] = ['in-time', 'late', 'unmet'].map((how) => count(row, `${name}.${how}`));
    const all = (good ?? 0) + (late ?? 0) + (unmet ?? 0);
    return all === 0 ? '–' : `${(((good ?? 0) / all) * 100).toFixed(1)}%（${String(good)}/${String(all)}）`;
  };
  return table(
    [head, ...names.map((name) => `按时${deadlines[name] ?? name}`)],
    report.rows.map((row) => [
      row.name === '' ? '（未派单位）' : row.name,
      ...names.map((name) => share(row, name)),
    ]),
  );
}

export async function consultationPage(
  maker: ReportMaker,
  quarter: string,
  time: { readonly from: string; readonly to: string },
  now: Time,
): Promise<string> {
  const ask = (name: ReportName, by: ReportBy): Promise<Report> => maker.report(name, { by, ...time });
  // One after another: the pack is printed once a quarter and must not take the database from calls and tickets.
  const byItem = await ask('disputes', 'item');
  const byUnit = await ask('disputes', 'unit');
  const byMonth = await ask('disputes', 'month');
  const transfers = await ask('transfers', 'other');
  const failures = await ask('transfers', 'reason');
  const units = await ask('punctuality', 'unit');
  const platforms = await ask('platforms', 'platform');
  const accepting = await ask('punctuality', 'platform');
  const disputed = ['disputed', 'returned', 'decided'];
  const transferred = [
    'transfer',
    'transfer.accepted',
    'transfer.failed',
    'transfer.cancelled',
    'transfer.merged',
    'three-way',
  ];
  const [year, number] = quarter.split('-Q');
  const made = new Intl.DateTimeFormat('zh-CN', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'long',
    timeStyle: 'short',
  }).format(now);
  const total = (report: Report, figure: string): string => String(report.totals[figure] ?? 0);
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>${safe(year ?? '')}年第${safe(number ?? '')}季度12345与110对接联动会商材料</title>
<style>
body{font:14px/1.6 "Noto Serif CJK SC","Source Han Serif SC","SimSun",serif;max-width:180mm;margin:10mm auto;color:#111}
h1{font-size:20px;text-align:center}h2{font-size:16px;margin:8mm 0 2mm;break-after:avoid}
table{width:100%;border-collapse:collapse;break-inside:auto}th,td{border:1px solid #666;padding:1mm 2mm;text-align:right}
th:first-child,td:first-child{text-align:left}tr{break-inside:avoid}thead{display:table-header-group}
.none,.note{color:#555;font-size:12px}@page{size:A4;margin:15mm}
</style></head><body>
<h1>${safe(year ?? '')}年第${safe(number ?? '')}季度12345与110对接联动会商材料</h1>
<p class="note">生成于 ${safe(made)}。数据均由系统记录的事实统计，每个数字可在系统“报表”中查到对应工单（警单）和通话。</p>
<h2>一、总体</h2>
<p>本季度退回 ${total(byItem, 'returned')} 件次，管辖争议 ${total(byItem, 'disputed')} 件次，已裁定 ${total(byItem, 'decided')} 件次；
一键转接 ${total(transfers, 'transfer')} 次，其中成功 ${total(transfers, 'transfer.accepted')} 次、失败 ${total(transfers, 'transfer.failed')} 次。</p>
<h2>二、职责边界不清、存在管辖争议的高频诉求事项</h2>
${counted(byItem, '事项', disputed)}
<h2>三、涉及单位</h2>
${counted(byUnit, '单位', disputed)}
<h2>四、各月趋势</h2>
${counted(byMonth, '月份', disputed)}
<h2>五、电话转接</h2>
${counted(transfers, '转往', transferred)}
<h2>六、转接未成的原因</h2>
${counted({ ...failures, rows: failures.rows.filter((row) => count(row, 'transfer.failed') > 0) }, '原因', ['transfer.failed'])}
<h2>七、承办单位签收、到场、反馈时效</h2>
${punctual(units, '单位', ['sign', 'on-site', 'feedback'])}
<h2>八、两平台</h2>
${counted(platforms, '平台', ['opened', 'accepted', 'handed-over', 'returned', 'escalated', 'joint', 'closed'])}
${punctual(accepting, '平台', ['accept', 'close'])}
</body></html>
`;
}
