// The page around the app on a demo: stands in for the platform that signs people in elsewhere.
// It offers the demo people, remembers the choice for this tab, and hands the app their tokens.
// `make up` writes people.json beside this file and renews its tokens; nothing here leaves a demo.

const CHOSEN = 'spotter-demo-person';

async function people() {
  const answer = await fetch('/host/people.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`the demo people are not there (${answer.status})`);
  return answer.json();
}

/** A sign-in link carries a first name in its fragment: `/#as=anna`. */
function takeLink() {
  const name = new URLSearchParams(location.hash.slice(1)).get('as');
  if (name === null) return;
  sessionStorage.setItem(CHOSEN, name.toLowerCase());
  history.replaceState(null, '', location.pathname + location.search);
}

function isCalled(person, name) {
  return person.id === name || person.name.toLowerCase().startsWith(name);
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function card(person, choose) {
  const role = person.role === 'Trainer' ? 'Trainer' : 'Client';
  const initials = person.name.split(' ').map((word) => word[0]).join('');
  return element(
    'button',
    { type: 'button', className: 'host-person', onclick: () => choose(person) },
    element('span', { className: 'host-initials', ariaHidden: 'true' }, initials),
    element('span', {}, element('strong', {}, person.name), element('small', {}, role)),
  );
}

/** Asks who this tab is for; the promise is kept when somebody is chosen. */
function pick(everybody) {
  return new Promise((resolve) => {
    const dialog = element('dialog', { className: 'host-picker' });
    dialog.setAttribute('aria-labelledby', 'host-title');
    const choose = (person) => {
      sessionStorage.setItem(CHOSEN, person.id);
      dialog.close();
      dialog.remove();
      resolve(person);
    };
    dialog.append(
      element('h1', { id: 'host-title' }, 'Who are you today?'),
      element('p', {}, 'Spotter’s demo people. Open a second window to be somebody else at the same time.'),
      element('div', { className: 'host-people' }, ...everybody.map((person) => card(person, choose))),
    );
    // There is nothing to see behind it before somebody is chosen.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
  });
}

let picking;

async function person() {
  const everybody = await people();
  const name = sessionStorage.getItem(CHOSEN);
  const chosen = name && everybody.find((somebody) => isCalled(somebody, name));
  if (chosen) return chosen;
  picking ??= pick(everybody).finally(() => { picking = undefined; });
  return picking;
}

takeLink();
document.head.append(element('link', { rel: 'stylesheet', href: '/host/host.css' }));

window.spotterHost = {
  getToken: async () => (await person()).token,
  signOut: () => {
    sessionStorage.removeItem(CHOSEN);
    location.assign('/');
  },
};
