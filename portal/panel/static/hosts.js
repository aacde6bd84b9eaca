// What the helpdesk around the frame tells the page: which ticket is open. Only a hint: the server reads it again.

// Zendesk's app framework speaks JSON over postMessage (zendesk_app_framework_sdk 2.0, lib/client.js): a handshake,
// then numbered requests. Only the account's own address is listened to.
function zendesk(parentOrigin, query) {
  const guid = new URLSearchParams(query).get("app_guid");
  const waiting = new Map();
  let tell = () => {};
  let isReady = false;
  const send = (message) =>
    parent.postMessage(JSON.stringify({ ...message, appGuid: guid, instanceGuid: guid }), parentOrigin);
  const request = (name, params, then) => {
    const id = waiting.size + 1;
    waiting.set(id, then);
    send({ id, request: name, params });
  };
  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== parentOrigin) return;
    let said;
    try {
      said = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    } catch {
      return;
    }
    if (waiting.has(said?.id)) {
      waiting.get(said.id)(said.result || {});
      waiting.set(said.id, () => {});
    } else if (said?.key === "zaf.app.registered") {
      isReady = true;
      request("get", ["ticket.id"], (result) => tell(result["ticket.id"] ? String(result["ticket.id"]) : null));
    }
  });
  return {
    onTicket(heard) {
      tell = heard;
      if (guid && parent !== window) send({ key: "iframe.handshake", message: { version: "2.0" } });
    },
    resize: (height) => isReady && request("invoke", { resize: [{ width: "100%", height: `${height}px` }] }, () => {}),
  };
}

// Front hands the page a message port (@frontapp/plugin-sdk 1.10) and posts the context whenever it changes.
function front() {
  return {
    onTicket(heard) {
      if (parent === window) return;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (event) => {
        if (event.data?.type !== "context_update") return;
        const context = event.data.context;
        heard(context?.type === "singleConversation" ? context.conversation.id : null);
      };
      parent.postMessage("@frontapp/ui-sdk#WebViewBridge.handshake", "*", [port2]);
    },
    resize: () => {},
  };
}

export function host(name, parentOrigin, query) {
  if (name === "zendesk") return zendesk(parentOrigin, query);
  if (name === "front") return front();
  return { onTicket: () => {}, resize: () => {} };
}
