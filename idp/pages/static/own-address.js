// A page that answers an authorization request takes on its own address: what reloads it, or comes back to it, goes
// there. Without this file such a reload puts the request once more, and is led to the same login.
(function () {
  "use strict";

  history.replaceState(null, "", document.currentScript.dataset.address);
})();
