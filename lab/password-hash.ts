// The form in which Asterisk is given ARI's passwords: crypt(3), made by perl, which every Debian has.
// It must not put a password on a command line: everybody can see those.

/** Reads the password from standard input and prints its hash. */
export const hashCommand = [
  'perl',
  '-e',
  [
    'chomp(my $password = <STDIN>);',
    'my $salt = join "", map { ("a".."z", 0..9)[rand 36] } 1..16;',
    // The password is 256 random bits: more rounds add nothing but 5 ms to every request of ARI's HTTP lane.
    'print crypt($password, "\\$6\\$rounds=1000\\$$salt\\$");',
  ].join(' '),
] as const;

export function checkedHash(output: string): string {
  const hash = output.trim();
  if (!/^\$6\$rounds=1000\$[a-z0-9]{16}\$[A-Za-z0-9./]{86}$/u.test(hash))
    throw new Error(`crypt failed: ${output}`);
  return hash;
}
