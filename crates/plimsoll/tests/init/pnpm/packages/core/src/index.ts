export const greeting = (name: string): string => `welcome to ${name}`;
