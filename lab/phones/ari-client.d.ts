// The little of ari-client that the witness uses; the package has no types of its own.
// It must not grow beyond reading: the witness changes nothing.
declare module 'ari-client' {
  interface Channel {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly caller: { readonly name: string; readonly number: string };
    readonly dialplan: { readonly context: string; readonly exten: string; readonly app_name: string };
  }
  interface Bridge {
    readonly id: string;
    readonly name: string;
    readonly technology: string;
    readonly channels: readonly string[];
  }
  interface Client {
    readonly channels: { list(): Promise<readonly Channel[]> };
    readonly bridges: { list(): Promise<readonly Bridge[]> };
  }
  const ariClient: { connect(url: string, user: string, password: string): Promise<Client> };
  export default ariClient;
}
