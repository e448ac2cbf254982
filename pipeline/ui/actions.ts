import { isTaskId, type TaskId } from '../../tasks/artifacts/catalogue.ts';
import { InvalidLogicalDate, manualRun, runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { type Html, html } from '../../tasks/runtime/html.ts';
import { withDownstream } from '../orchestrator/clear-tasks.ts';
import type { Dag } from '../orchestrator/dag.ts';

/** What a page asks for: the words of the commands that do it, and what is said before. */
export interface Action {
  readonly title: string;
  /** What will be done, or done again. */
  readonly consequence: string;
  /** One command after the other. */
  readonly commands: readonly (readonly string[])[];
  /** Where its effect is seen. */
  readonly page: string;
}

/** The names of the fields that an action is made of. */
export const actionFields = ['do', 'run', 'date', 'task', 'again'] as const;

/**
 * The action that a form asks for.
 * @param champion the run, as keys have it, whose model is the champion
 * @throws UsageError when there is no such action, run or task
 */
export function actionOf(fields: URLSearchParams, dag: Dag, now: Date, champion?: string): Action {
  const text = (name: (typeof actionFields)[number]) => fields.get(name) ?? '';
  switch (text('do')) {
    case 'run':
      return runAction(text('date'), dag, now);
    case 'clear': {
      const timestamp = timestampOf(text('run'), dag, now);
      return clearAction(dag, timestamp, text('task'), text('again') !== '', timestamp === champion);
    }
    case 'stop':
      return stopAction(timestampOf(text('run'), dag, now));
    default:
      throw new UsageError([`"${text('do')}" is no action: expected run, clear or stop`]);
  }
}

function runAction(date: string, dag: Dag, now: Date): Action {
  const timestamp = date === '' ? manualRun(dag.schedule, now).timestamp : timestampOf(date, dag, now);
  return {
    title: date === '' ? 'Start a run now' : `Start the run of ${date}`,
    consequence:
      date === ''
        ? 'A new run, dated now, does every task.'
        : 'What the run of this date has published and is current stays; every other task is done.',
    commands: [date === '' ? ['run', '--manual'] : ['run', '--logical-date', timestamp]],
    page: '/index.html',
  };
}

function clearAction(dag: Dag, timestamp: string, task: string, isAgain: boolean, isChampion: boolean): Action {
  const cleared = task === '' ? dag.tasks.map(({ taskId }) => taskId) : withDownstream(dag, taskNamed(task));
  const words = task === '' ? [] : ['--task', task, '--downstream'];
  const again = isAgain ? 'it is done again now' : 'the next run does it again';
  const kept = isChampion ? ' Its model is the champion: the copy that others use stays.' : '';
  return {
    title: task === '' ? 'Clear the whole run' : `Clear ${task} and what follows`,
    consequence: `${cleared.join(', ')}: attempts under way are ended, and what is published no longer counts; ${again}.${kept}`,
    commands: [
      ['clear', timestamp, ...words, ...(isChampion ? ['--force'] : [])],
      ...(isAgain ? [['run', '--logical-date', timestamp]] : []),
    ],
    page: runPagePath(timestamp),
  };
}

function stopAction(timestamp: string): Action {
  return {
    title: 'Stop the run',
    consequence:
      'Its attempts are ended, and it is marked as failed: no wake-up takes it up until it is cleared. What is published stays.',
    commands: [['stop', timestamp]],
    page: runPagePath(timestamp),
  };
}

function timestampOf(text: string, dag: Dag, now: Date): string {
  try {
    return runOf(dag.schedule, text, now).timestamp;
  } catch (error) {
    if (error instanceof InvalidLogicalDate) throw new UsageError([error.message]);
    throw error;
  }
}

function taskNamed(name: string): TaskId {
  if (isTaskId(name)) return name;
  throw new UsageError([`"${name}" is no task`]);
}

function runPagePath(timestamp: string): string {
  return `/runs/${timestamp}/index.html`;
}

/** On the page of all runs. */
export function startForms(): Html {
  return html`<form action="/confirm" method="get"><input type="hidden" name="do" value="run"><button>Run now…</button></form>
<form action="/confirm" method="get"><input type="hidden" name="do" value="run"><label>Logical date <input name="date" size="12" placeholder="2024-01-01" required></label><button>Run it…</button></form>`;
}

/** On the page of a run. */
export function runForms(dag: Dag, timestamp: string, isRunning: boolean): Html {
  const hidden = (action: string) =>
    html`<input type="hidden" name="do" value="${action}"><input type="hidden" name="run" value="${timestamp}">`;
  const options = dag.tasks.map(({ taskId }) => html`<option value="${taskId}">${taskId} and what follows</option>`);
  const stop = html`<form action="/confirm" method="get">${hidden('stop')}<button>Stop the run…</button></form>`;
  return html`<form action="/confirm" method="get">${hidden('clear')}<label>Clear <select name="task"><option value="">every task</option>${options}</select></label><label><input type="checkbox" name="again" value="yes" checked> and do it again now</label><button>Clear…</button></form>
${isRunning ? stop : html``}`;
}
