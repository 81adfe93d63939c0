// Scans a link with the camera of this computer. The desk itself looks for the code in each frame; none goes elsewhere, none is kept.
const it = (id) => document.getElementById(id);
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

const REFUSALS = {
  NotAllowedError: 'The browser may not use the camera. Allow it for this page, or choose a picture instead.',
  NotFoundError: 'This computer has no camera that the browser can use. Choose a picture instead.',
  NotReadableError: 'Another program is using the camera. Close it, or choose a picture instead.',
};
const NO_CAMERA = 'This browser gives this page no camera. Choose a picture instead.';
const LOOKING = 'Hold the code in front of the camera.';
const CLOSER = 'No code is seen yet. Hold it closer, straight and in the light.';
const TROUBLE = 'The camera’s picture can’t be read here now. Load this page again, or choose a picture instead.';
const FORGOTTEN = 'No code was seen, and the camera was turned off.';
const FOUND = 'The link was read. Press Open.';

// Of a larger picture no more is seen, and looking takes longer.
const LONGEST_SIDE = 1280;
const PATIENCE = 10_000;
// Nobody is there any more.
const LONGEST_LOOK = 120_000;

let stream;

function say(sentence) {
  it('scanned').textContent = sentence;
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = undefined;
  it('view').srcObject = null;
  it('camera').hidden = true;
  it('scan').hidden = false;
}

/** A frame as JPEG. */
function frame() {
  const video = it('view');
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.9); });
}

/** What the desk sees in a frame: its status, and the link or why the code is none. */
async function look(picture) {
  const form = new FormData();
  form.append('csrf', it('open').elements.csrf.value);
  form.append('picture', picture, 'frame.jpg');
  const answer = await fetch('/share/scan', { method: 'POST', body: form, redirect: 'error' });
  return { status: answer.status, text: await answer.text() };
}

async function scan() {
  it('scan').hidden = true;
  say('');
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(NO_CAMERA);
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: LONGEST_SIDE } } });
  } catch (error) {
    stop();
    say(REFUSALS[error.name] ?? NO_CAMERA);
    return;
  }
  const mine = stream;
  it('camera').hidden = false;
  it('view').srcObject = mine;
  it('stop').focus();
  say(LOOKING);
  const begun = Date.now();
  try {
    await it('view').play();
    while (stream === mine) {
      const picture = await frame();
      const { status, text } = picture ? await look(picture) : { status: 204 };
      if (stream !== mine) return;
      if (status === 200) {
        it('link').value = text;
        stop();
        say(FOUND);
        it('open').querySelector('button:not([type])').focus();
        return;
      }
      if (status !== 204 && status !== 422) throw new Error(TROUBLE);
      if (Date.now() - begun > LONGEST_LOOK) {
        stop();
        say(FORGOTTEN);
        return;
      }
      say(status === 422 ? text : (Date.now() - begun > PATIENCE ? CLOSER : LOOKING));
      await pause(200);
    }
  } catch {
    if (stream !== mine) return;
    stop();
    say(TROUBLE);
  }
}

it('scan').addEventListener('click', scan);
it('stop').addEventListener('click', () => { stop(); say(''); it('scan').focus(); });
addEventListener('pagehide', stop);
it('scan').hidden = false;
