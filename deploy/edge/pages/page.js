// A sign-in link carries its token in the fragment, which no server sees. It shows that the token
// works by asking for this person's own conversations.
const token = new URLSearchParams(location.hash.slice(1)).get('token');

async function greet() {
  const answer = await fetch('/api/chat/conversations', { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) return `The sign-in link was refused (${answer.status}). Start \`make up\` again for fresh ones.`;
  const { data } = await answer.json();
  const unread = data.reduce((sum, entry) => sum + entry.unread, 0);
  return `You are signed in: ${data.length} conversations, ${unread} unread messages.`;
}

if (token) {
  const you = document.getElementById('you');
  greet().catch(String).then((text) => { you.textContent = text; you.hidden = false; });
}
