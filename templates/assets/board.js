// Keeps a page of the board true: hears which sections have changed, fetches them, and says so loudly when it cannot.
// The page is readable without it. No libraries, nothing from elsewhere.

const body = document.body;
const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ── times ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const words = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

// The same table as in src/dashboard/humanise.ts.
const spans = [
  { unit: 'minute', seconds: minute, below: 90 * minute },
  { unit: 'hour', seconds: hour, below: 36 * hour },
  { unit: 'day', seconds: day, below: 60 * day },
  { unit: 'month', seconds: 30 * day, below: 700 * day },
  { unit: 'year', seconds: 365 * day, below: Infinity },
];

function relativeTime(instant) {
  const seconds = (instant - Date.now()) / 1000;
  const age = Math.abs(seconds);
  if (age < 45) return seconds > 10 ? words.format(Math.round(seconds), 'second') : 'just now';
  const span = spans.find(({ below }) => age < below);
  return words.format(Math.round(seconds / span.seconds) || Math.sign(seconds), span.unit);
}

function tellTimes(within = document) {
  for (const time of within.querySelectorAll('time[data-relative]')) {
    const text = relativeTime(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

// ── changing a section in place: focus, scrolling, open details and what is being typed stay ─────────────────────────

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || '' : '');

function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== Node.ELEMENT_NODE) {
    from.nodeValue = to.nodeValue;
    return;
  }
  morphAttributes(from, to);
  const keyed = new Map([...from.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = keyOf(next);
    const match = key ? keyed.get(key) : at && !keyOf(at) && at.nodeName === next.nodeName ? at : null;
    if (match && match.nodeName === next.nodeName) {
      if (match === at) at = at.nextSibling;
      else from.insertBefore(match, at);
      morph(match, next);
    } else {
      from.insertBefore(document.importNode(next, true), at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

// Whether it is open is the reader's choice; whether it is waiting for an answer only the page knows.
const ownAttributes = { DETAILS: ['open'], BUTTON: ['data-busy', 'aria-disabled'] };

function morphAttributes(from, to) {
  const own = ownAttributes[from.nodeName] ?? [];
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !own.includes(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (!own.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function applyFragment(html) {
  const parts = new DOMParser().parseFromString(html, 'text/html').body.children;
  const focused = document.activeElement;
  const protocol = byId('protocol-frame');
  const followsEnd = protocol && protocol.scrollHeight - protocol.scrollTop - protocol.clientHeight < 40;
  for (const part of [...parts]) {
    const shown = part.id && byId(part.id);
    if (!shown) continue;
    tellTimes(part);
    morph(shown, part);
  }
  if (focused && focused !== body && document.activeElement !== focused) {
    if (focused.isConnected) focused.focus({ preventScroll: true });
    else byId('main').focus({ preventScroll: true });
  }
  if (followsEnd) protocol.scrollTop = protocol.scrollHeight;
  tellState();
}

// ── the state of everything: colour, title, icon, voice, sound ───────────────────────────────────────────────────────

const titlePrefix = () => byId('status').dataset.titlePrefix;
const ownTitle = document.title.slice(titlePrefix().length);
let saidHeadline = byId('headline').textContent.trim();
let knownCalling = Number(byId('status').dataset.calling);

function tellState() {
  const { board, calling } = byId('status').dataset;
  const lost = body.dataset.connection === 'lost';
  const colour = lost ? 'unknown' : board;
  body.dataset.board = colour;
  const icon = `${body.dataset.favicons}${colour}.svg`;
  if (byId('favicon').getAttribute('href') !== icon) byId('favicon').setAttribute('href', icon);
  const title = lost ? `Not up to date – ${ownTitle}` : `${titlePrefix()}${ownTitle}`;
  if (document.title !== title) document.title = title;
  if (!lost) say(Number(calling));
  sound.callFor(Number(calling));
}

/** Takes the words and the shape away that may not be true any more; the next fetch brings them back. */
function hideState() {
  const status = byId('status');
  const before = byId('headline').textContent.trim();
  if (status.classList.contains('status-lost')) return;
  status.className = 'status status-unknown status-lost';
  const words = byId('when-lost').content.cloneNode(true);
  words.querySelector('.before').textContent = before;
  status.querySelector('.status-words').replaceChildren(words);
  status.querySelector('.status-icon use').setAttribute('href', '#i-unknown');
}

// Only changes are said, and an alarm once.
function say(calling) {
  const headline = byId('headline').textContent.trim();
  if (calling > knownCalling) byId('say-at-once').textContent = headline;
  else if (headline !== saidHeadline) byId('say-politely').textContent = headline;
  if (calling === 0) byId('say-at-once').textContent = '';
  saidHeadline = headline;
  knownCalling = calling;
}

// ── the sound of an alarm ────────────────────────────────────────────────────────────────────────────────────────────

const sound = {
  key: 'wardround.sound',
  context: null,
  playing: null,
  calling: 0,

  /** 'on', 'off', or null before the user has chosen. */
  get choice() {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return this.unsaved ?? null; // storage is forbidden: the choice holds for this page
    }
  },
  choose(choice) {
    this.unsaved = choice;
    try {
      localStorage.setItem(this.key, choice);
    } catch {
      // nothing to do: see above
    }
  },

  /**
   * Whether the browser lets us play: it does after someone has pressed or typed something on this page, or where it
   * knows the page well. It is asked once, and again only after a user action: it complains about each vain attempt.
   */
  async ready() {
    if (this.context?.state === 'running') return true;
    if (this.context && !(navigator.userActivation?.hasBeenActive ?? true)) return false;
    if (!this.context) {
      this.context = new AudioContext();
      this.context.addEventListener('statechange', () => void this.callFor(this.calling));
    }
    await Promise.race([this.context.resume(), pause(400)]);
    return this.context.state === 'running';
  },

  /** Two tones, twice, then a pause: to be heard through a door, and not to be taken for a telephone. */
  pattern() {
    const rate = this.context.sampleRate;
    const buffer = this.context.createBuffer(1, rate * 2.4, rate);
    const samples = buffer.getChannelData(0);
    const tones = [880, 660, 880, 660];
    tones.forEach((pitch, index) => {
      const start = Math.floor(index * 0.28 * rate);
      const length = Math.floor(0.25 * rate);
      for (let n = 0; n < length; n++) {
        const edge = Math.min(1, n / (0.01 * rate), (length - n) / (0.03 * rate));
        const turn = (2 * Math.PI * pitch * n) / rate;
        samples[start + n] = 0.45 * edge * (Math.sin(turn) + 0.3 * Math.sin(3 * turn));
      }
    });
    return buffer;
  },

  source(loop) {
    const node = this.context.createBufferSource();
    node.buffer = this.pattern();
    node.loop = loop;
    node.connect(this.context.destination);
    return node;
  },

  async callFor(calling) {
    this.calling = calling;
    if (calling === 0 || this.choice === 'off') this.stop();
    else if (!this.playing && (await this.ready()) && this.calling > 0 && !this.playing && this.choice !== 'off') {
      this.playing = this.source(true);
      this.playing.start();
    }
    this.show();
  },

  stop() {
    this.playing?.stop();
    this.playing = null;
  },

  async test() {
    this.choose('on');
    const allowed = await this.ready();
    await this.callFor(this.calling);
    if (allowed && !this.playing) this.source(false).start();
    if (!allowed)
      toast(
        'The browser does not allow this page to play sound. Look for a crossed-out speaker icon in the address bar.',
        true,
      );
    this.show();
  },

  show() {
    const sounding = this.playing && this.context.state === 'running';
    const state = sounding ? 'playing' : this.calling > 0 && this.choice !== 'off' ? 'blocked' : 'silent';
    if (body.dataset.sound !== state) body.dataset.sound = state;
    const text = {
      playing: 'Alarm sounding',
      blocked: 'The browser is blocking the alarm sound',
      silent: this.choice === 'on' ? 'Sound is on' : this.choice === 'off' ? 'Sound is off' : '',
    }[state];
    if (byId('sound-state').textContent !== text) byId('sound-state').textContent = text;
    const label = this.choice === 'on' && state !== 'blocked' ? 'Test' : 'Allow and test the sound';
    const test = byId('sound-test');
    if (test.textContent !== label) test.textContent = label;
    test.setAttribute('aria-label', label === 'Test' ? 'Test the sound' : label);
    test.classList.toggle('quiet', label === 'Test');
    test.classList.toggle('call', state === 'blocked');
    test.hidden = state === 'playing';
    byId('sound-off').hidden = this.choice !== 'on' && state !== 'playing';
    byId('sound').hidden = false;
  },

  begin() {
    byId('sound-test').addEventListener('click', () => this.test());
    byId('sound-off').addEventListener('click', () => {
      this.choose('off');
      void this.callFor(this.calling);
      byId('sound-test').focus();
    });
    // Anything that someone presses may be what the browser was waiting for.
    const gesture = () => {
      if (body.dataset.sound === 'blocked') void this.callFor(this.calling);
    };
    addEventListener('pointerup', gesture);
    addEventListener('keyup', gesture);
    addEventListener('storage', () => void this.callFor(this.calling));
    this.show();
  },
};

// ── what is up to date ───────────────────────────────────────────────────────────────────────────────────────────────

const silenceMs = 25_000;
const graceMs = 3_000;

let lastTrue = Date.now();
let lastHeard = Date.now();
let trouble = null;

/** Everything shown was true just now. */
function upToDate() {
  lastTrue = Date.now();
  clearTimeout(trouble);
  trouble = null;
  const asOf = document.querySelector('#as-of time');
  asOf.dateTime = new Date(lastTrue).toISOString();
  asOf.title = new Date(lastTrue).toLocaleString('en-GB');
  if (body.dataset.connection === 'live') return;
  body.dataset.connection = 'live';
  byId('lost').hidden = true;
  byId('live-text').textContent = 'Live';
  tellTimes();
  tellState();
}

/** The connection or a fetch failed: if it is not restored a moment later, the page says so. */
function inTrouble(wait = graceMs) {
  trouble ??= setTimeout(() => {
    body.dataset.connection = 'lost';
    byId('live-text').textContent = 'Not up to date';
    byId('lost-text').textContent = `Not up to date since ${clock.format(lastTrue)}.`;
    byId('lost').hidden = false;
    tellState();
    hideState();
  }, wait);
}

// ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const fetching = new Map();

function addressesOf(names) {
  const elements = [...document.querySelectorAll('[data-section]')];
  const wanted = names ? elements.filter(({ dataset }) => names.includes(dataset.section)) : elements;
  return [...new Set(wanted.map(({ dataset }) => dataset.src))].filter(Boolean);
}

/** Fetches what is behind the names, or all. One fetch an address at a time: what changes meanwhile is fetched again after. */
async function refresh(names) {
  try {
    await Promise.all(addressesOf(names).map(refreshOne));
    return true;
  } catch {
    inTrouble();
    live.again();
    return false;
  }
}

function refreshOne(address) {
  const running = fetching.get(address);
  if (running) {
    running.again ??= running.done.then(() => refreshOne(address));
    return running.again;
  }
  const entry = {};
  entry.done = fetchPart(address).finally(() => fetching.delete(address));
  fetching.set(address, entry);
  return entry.done;
}

async function fetchPart(address) {
  const answer = await fetch(address, {
    headers: { accept: 'text/html' },
    cache: 'no-store',
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  applyFragment(await answer.text());
}

// ── hearing of changes: one tab holds the connection and tells the others, since a browser opens six to a server ─────

const live = {
  source: null,
  leads: false,
  retryMs: 1000,
  retry: null,
  channel: 'BroadcastChannel' in window ? new BroadcastChannel('wardround-live') : null,

  begin() {
    this.channel?.addEventListener('message', ({ data }) => {
      if (data.type === 'is-anybody-there') {
        if (this.leads && this.source?.readyState === EventSource.OPEN)
          this.channel.postMessage({ type: 'hello', data: body.dataset.version });
      } else if (!this.source) this.hear(data.type, data.data);
    });
    if (navigator.locks && this.channel) {
      void navigator.locks.request('wardround-live', () => {
        this.leads = true;
        if (!this.source) this.connect();
        return new Promise(() => {});
      });
      this.channel.postMessage({ type: 'is-anybody-there' });
      // No other tab responds for a second, or it falls silent later: this tab connects itself.
      setTimeout(() => {
        if (!this.source && body.dataset.connection === 'connecting') this.connect();
      }, 1000);
    } else this.connect();
    setInterval(() => this.watch(), 5000);
    addEventListener('visibilitychange', () => this.watch());
    addEventListener('online', () => this.again(0));
    addEventListener('pagehide', () => this.source?.close());
    addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  },

  connect() {
    this.source?.close();
    const source = new EventSource('/live');
    this.source = source;
    for (const type of ['hello', 'changed', 'heartbeat']) {
      source.addEventListener(type, ({ data }) => {
        this.hear(type, data);
        if (this.leads) this.channel?.postMessage({ type, data });
      });
    }
    source.addEventListener('error', () => {
      if (this.source !== source) return;
      inTrouble();
      if (this.leads) this.channel?.postMessage({ type: 'lost', data: '' });
      this.again();
    });
  },

  hear(type, data) {
    if (type === 'lost') return inTrouble();
    lastHeard = Date.now();
    if (type === 'hello') return this.greeted(data);
    if (type === 'changed') return void refresh(data.split(' '));
    if (trouble === null && body.dataset.connection === 'live') upToDate();
  },

  async greeted(version) {
    if (version !== body.dataset.version && sessionStorage.getItem('wardround.reloaded') !== version) {
      sessionStorage.setItem('wardround.reloaded', version);
      location.reload();
      return;
    }
    if (await refresh()) {
      this.retryMs = 1000;
      upToDate();
    }
  },

  again(wait = this.retryMs) {
    if (this.retry !== null) return;
    this.retryMs = Math.min(10_000, this.retryMs * 1.6);
    this.source?.close();
    this.retry = setTimeout(() => {
      this.retry = null;
      this.connect();
    }, wait);
  },

  /** After a long silence, such as a night in which the computer slept, nothing shown is certain. */
  watch() {
    if (Date.now() - lastHeard < silenceMs) return;
    inTrouble(0);
    this.again(0);
  },
};

// ── acting: the API's own routes, and its own words when it refuses ──────────────────────────────────────────────────

async function act(button, address, content, done) {
  if (button.hasAttribute('data-busy') || button.disabled) return;
  button.setAttribute('data-busy', '');
  button.setAttribute('aria-disabled', 'true');
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(content),
    });
    if (answer.ok) toast(done, false);
    else toast(await reasonOf(answer), true);
    await refresh();
  } catch {
    toast('Wardround did not answer. The request may not have been carried out.', true);
  } finally {
    button.removeAttribute('data-busy');
    button.removeAttribute('aria-disabled');
  }
}

/** The words of a problem document (RFC 9457). */
async function reasonOf(answer) {
  try {
    const problem = await answer.json();
    return problem.detail || problem.title || `Wardround answered ${answer.status}.`;
  } catch {
    return `Wardround answered ${answer.status}.`;
  }
}

function toast(text, failed) {
  const element = document.createElement('div');
  element.className = failed ? 'toast toast-failed' : 'toast';
  element.setAttribute('role', failed ? 'alert' : 'status');
  const words = document.createElement('p');
  words.textContent = text;
  element.append(words);
  if (failed) {
    const close = document.createElement('button');
    close.type = 'button';
    close.className = 'button tiny';
    close.textContent = 'Close';
    close.addEventListener('click', () => {
      element.remove();
      byId('main').focus({ preventScroll: true });
    });
    element.append(close);
  } else setTimeout(() => element.remove(), 5000);
  byId('toasts').append(element);
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button[data-api]') : null;
  if (button) void act(button, button.dataset.api, {}, button.dataset.done);
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  const note = String(new FormData(form).get('note') ?? '').trim();
  void act(form.querySelector('button'), form.dataset.api, note ? { note } : {}, form.dataset.done);
});

addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});

// ── begin ────────────────────────────────────────────────────────────────────────────────────────────────────────────

sound.begin();
tellTimes();
tellState();
const protocolFrame = byId('protocol-frame');
if (protocolFrame && byId('run')?.dataset.running === 'yes') protocolFrame.scrollTop = protocolFrame.scrollHeight;
setInterval(tellTimes, 10_000);
live.begin();
