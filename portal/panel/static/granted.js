// Ends the sign-in's window: the grant goes to the panel that opened it, and to no other origin.
const grant = document.body.dataset.grant;
if (opener) {
  opener.postMessage({ grant }, location.origin);
  close();
}
