// Sends the form on this page at once. Without this file its button does the same.
(function () {
  "use strict";

  document.getElementById("form-post").submit();
})();
