// How a part of the dialog asks the server for something: true when it was taken; a refusal has been told. Types only.
export type AskOverflow = (method: 'POST' | 'PUT' | 'DELETE', path: string, body: object) => Promise<boolean>;
