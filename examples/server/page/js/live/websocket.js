// The same frames over a WebSocket. Browsers share six connections of HTTP/1.1 among all windows
// of one server, and a stream holds one; a WebSocket does not count among them.

/** Opens the socket. `onData` gets the text of each frame. `onClose` is called once, unless the returned function closed it before. */
export function openWebSocket({ resume, onData, onClose }) {
  const url = new URL("/api/realtime/ws", location.origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  let opened = false;
  let given = false;
  socket.onopen = () => {
    opened = true;
    socket.send(JSON.stringify({ resume }));
  };
  socket.onmessage = ({ data }) => {
    if (!given) onData(data);
  };
  socket.onclose = () => {
    // A refusal's status is hidden from scripts: whoever gets `refused` has to ask otherwise.
    if (!given) onClose({ refused: !opened });
    given = true;
  };
  return () => {
    given = true;
    socket.close(1000);
  };
}
