// A page that answers an authorization request takes on its own address: what reloads it, or comes back to it, finds
// the same login. Without this file such a reload begins another.
(function () {
  "use strict";

  history.replaceState(null, "", document.currentScript.dataset.address);
})();
