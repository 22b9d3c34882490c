import { ANNA, MAYA } from "./cast";
import { type Line, pdf } from "./rows";

const TEXTS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  '"><iframe srcdoc="<script>alert(1)</script>">',
  "javascript:alert(1)",
  "see javascript:alert(1) or data:text/html,<script>alert(1)</script>",
  'https://example.com/"onmouseover="alert(1)',
  "https://user:pass@example.com/?q=<script>",
  "{{constructor.constructor('alert(1)')()}}",
  "\u202eevil.exe\u202c is not what it seems \u2066nested \u2067twice",
  "Zalgo: t̸̢̛̗͈̟͖̎̋̔̚͝ḛ̶̡̛̯̲̗͋̾͊x̵̡͎̪̱͂t̴̢͇̳̥́̓̆͝",
  "مرحبا، كيف كان التمرين اليوم؟ 3 × 5",
  "שלום, האימון היה מצוין 💪",
  `${"wide".repeat(120)}`,
  "&lt;b&gt;not bold&lt;/b&gt; &amp; 'quotes' \"too\"",
  "👨‍👩‍👧‍👦🏳️‍🌈👩🏽‍🚀",
];

/** Texts and names that want to be more than text. */
export function hostile(): Line[] {
  const said = TEXTS.map((text, at) => ({ from: at % 2 ? MAYA : ANNA, minutes: 60 - at, text }));
  return [
    ...said,
    {
      from: ANNA,
      minutes: 2,
      attachments: [pdf("trap", "<img src=x onerror=alert(1)> \u202efdp.exe.pdf", 1_024)],
    },
  ];
}
