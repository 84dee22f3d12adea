import './http/register.ts';
