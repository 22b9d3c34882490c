// The page around the app: says who is signed in. The platform's own stands here (docs/front-end.md).
window.spotterHost = {
  getToken: async () => {
    const answer = await fetch('/session/chat-token', { credentials: 'same-origin' });
    if (!answer.ok) throw new Error('signed out');
    return answer.text();
  },
  signOut: () => window.location.assign('/sign-out'),
};
