/** The status page. It is built on what `status.ts` describes. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tdp-sync</title>
<style>:root { color-scheme: light dark; font-family: system-ui, sans-serif; } main { max-width: 60rem; margin: auto; padding: 1rem; }</style>
</head>
<body>
<main>
<h1>tdp-sync</h1>
<ul id="syncs" aria-live="polite"></ul>
</main>
<script>
const show = async () => {
  const { syncs } = await (await fetch('status.json')).json();
  document.getElementById('syncs').replaceChildren(...syncs.map(({ name, summary }) => {
    const item = document.createElement('li');
    item.textContent = name + ': ' + summary;
    return item;
  }));
};
show();
setInterval(show, 5000);
</script>
</body>
</html>
`;
