// Asks Billhouse, through Freshworks' proxy, for an address that opens the panel of this ticket once.
(async () => {
  const words = document.getElementById("words");
  const panel = document.getElementById("panel");
  const client = await app.initialized();

  async function open() {
    try {
      const { ticket } = await client.data.get("ticket");
      const body = JSON.stringify({ ticket: String(ticket.id) });
      const answer = await client.request.invokeTemplate("openPanel", { body });
      panel.src = JSON.parse(answer.response).url;
      panel.hidden = false;
      words.hidden = true;
    } catch (problem) {
      words.textContent = "Billhouse did not answer. Open the ticket anew in a moment.";
      words.hidden = false;
      panel.hidden = true;
    }
  }

  client.events.on("app.activated", open);
})();
