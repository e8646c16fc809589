// The page's sound goes over paths the test can cut: the other side's address and the page's own are exchanged for the
// relay's ends in the session descriptions, as a border controller would do. It must not touch anything else.
(() => {
  const page = RTCPeerConnection.prototype;
  const far = new WeakMap();
  const setRemote = page.setRemoteDescription;
  const candidate = /^(a=candidate:\S+ 1 udp \d+) (\S+) (\d+) (typ host.*)$/iu;
  page.setRemoteDescription = async function (description) {
    let taken = false;
    const lines = [];
    for (const line of description.sdp.split('\r\n')) {
      const parts = candidate.exec(line);
      if (!parts) {
        if (!line.startsWith('a=candidate:')) lines.push(line);
        continue;
      }
      if (taken) continue;
      taken = true;
      const path = await globalThis.hotlineCable(parts[2], Number(parts[3]));
      far.set(this, path.far);
      lines.push(`${parts[1]} 127.0.0.1 ${path.near} ${parts[4]}`);
    }
    return setRemote.call(this, { type: description.type, sdp: lines.join('\r\n') });
  };
  const own = Object.getOwnPropertyDescriptor(page, 'localDescription');
  Object.defineProperty(page, 'localDescription', {
    get() {
      const description = own.get.call(this);
      const port = far.get(this);
      if (!description || port === undefined) return description;
      let taken = false;
      const lines = [];
      for (const line of description.sdp.split('\r\n')) {
        if (!line.startsWith('a=candidate:')) {
          lines.push(line);
          continue;
        }
        const parts = candidate.exec(line);
        if (!parts || taken) continue;
        taken = true;
        lines.push(`${parts[1]} 127.0.0.1 ${port} ${parts[4]}`);
      }
      return new RTCSessionDescription({ type: description.type, sdp: lines.join('\r\n') });
    },
  });
})();
