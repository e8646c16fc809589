// ECharts, tree-shaken, behind what we draw: bars and lines over time in the page's own colours. No other file may import it.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export interface Bars {
  readonly labels: readonly string[];
  /** After a figure: `%`, or nothing. */
  readonly unit: string;
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (number | null)[];
    readonly colour: string;
    readonly line: boolean;
  }[];
}
export interface Chart {
  draw(bars: Bars): void;
  resize(): void;
  dispose(): void;
}

const colourOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function createChart(box: HTMLElement, large = false): Chart {
  const chart = init(box);
  const size = large ? 16 : 12;
  return {
    draw: ({ labels, unit, series }) => {
      const text = { color: colourOf('--ink-soft'), fontSize: size };
      chart.setOption(
        {
          animation: false,
          textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
          grid: { left: 6, right: 10, top: large ? 44 : 34, bottom: 4, containLabel: true },
          legend: { top: 2, right: 6, textStyle: text, itemWidth: 12, itemHeight: 12 },
          tooltip: { trigger: 'axis', renderMode: 'richText' },
          xAxis: {
            type: 'category',
            data: [...labels],
            axisLabel: text,
            axisLine: { lineStyle: { color: colourOf('--line-strong') } },
          },
          yAxis: {
            type: 'value',
            ...(unit === '%' ? { min: 0, max: 100 } : { minInterval: 1 }),
            axisLabel: { ...text, formatter: `{value}${unit}` },
            splitLine: { lineStyle: { color: colourOf('--line') } },
          },
          series: series.map(({ name, values, colour, line }) =>
            line
              ? {
                  type: 'line',
                  name,
                  data: [...values],
                  connectNulls: true,
                  showSymbol: values.length < 3,
                  itemStyle: { color: colourOf(colour) },
                  lineStyle: { width: 2, type: colour === '--ink-soft' ? 'dashed' : 'solid' },
                }
              : {
                  type: 'bar',
                  name,
                  data: [...values],
                  barMaxWidth: 22,
                  itemStyle: { color: colourOf(colour), borderRadius: [3, 3, 0, 0] },
                },
          ),
        },
        true,
      );
    },
    resize: () => chart.resize(),
    dispose: () => chart.dispose(),
  };
}
