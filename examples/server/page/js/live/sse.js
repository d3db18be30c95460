// Server-sent events over fetch: unlike EventSource it shows the status of a refusal, and leaves
// the time of the next attempt to the caller.

/** Opens the stream. `onData` gets the text of each frame. `onClose` is called once, unless the returned function closed it before. */
export function openSse({ resume, onData, onClose }) {
  const abort = new AbortController();
  const url = new URL("/api/realtime/stream", location.origin);
  if (resume !== null) url.searchParams.set("last_event_id", resume);
  const closed = (reason) => {
    if (!abort.signal.aborted) onClose(reason);
  };
  read(url, abort.signal, onData).then(closed, () => closed({}));
  return () => abort.abort();
}

async function read(url, signal, onData) {
  const response = await fetch(url, {
    headers: { Accept: "text/event-stream" },
    credentials: "same-origin",
    cache: "no-store",
    signal,
  });
  if (!response.ok || response.body === null) {
    const seconds = Number(response.headers.get("Retry-After")) || 0;
    return { unauthenticated: response.status === 401, retryAfterMs: seconds * 1000 };
  }
  const feed = parser(onData);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done || signal.aborted) return {};
    feed(value);
  }
}

/** Takes the stream's text in any pieces and hands on the data of each event. */
export function parser(onData) {
  let rest = "";
  let data = [];
  return (text) => {
    rest += text;
    for (;;) {
      const end = rest.search(/[\r\n]/);
      // A carriage return at the very end may be the first half of a line's end.
      if (end < 0 || (rest[end] === "\r" && end === rest.length - 1)) return;
      const line = rest.slice(0, end);
      rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
      if (line === "") {
        if (data.length > 0) onData(data.join("\n"));
        data = [];
      } else if (line === "data" || line.startsWith("data:")) {
        data.push(line.slice(5).replace(/^ /, ""));
      }
    }
  };
}
