import { describe, expect, it } from 'vitest';
import { withoutPassword } from '#protocol';

describe('withoutPassword', () => {
  it.each([
    ['postgres://user:secret@host:5432/fleet', 'postgres://user@host:5432/fleet'],
    [
      'postgres://host/fleet?user=me&password=secret&sslmode=require',
      'postgres://host/fleet?user=me&sslmode=require',
    ],
    ['postgres://u:a@host/f?password=b&sslpassword=c', 'postgres://u@host/f'],
    ['mqtt://agent:secret@host:1883', 'mqtt://agent@host:1883'],
  ])('%s', (given, shown) => {
    expect(withoutPassword(given)).toBe(shown);
  });

  it('leaves what holds no secret as it was written', () => {
    expect(withoutPassword('POSTGRES://Host/a b?x=%41')).toBe('POSTGRES://Host/a b?x=%41');
  });
});
