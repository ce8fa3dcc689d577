import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { sendAtOnce } from '#protocol';

it('lets messages leave a TCP connection at once, and takes other connections as they are', () => {
  const socket = new Socket();
  const setNoDelay = vi.spyOn(socket, 'setNoDelay');
  sendAtOnce(socket);
  expect(setNoDelay).toHaveBeenCalledExactlyOnceWith(true);
  expect(() => sendAtOnce(new Duplex())).not.toThrow();
});
