import './http/register.ts';
import './activities/register.ts';
import './orchestrators/register.ts';
import './queue/register.ts';
import './timer/register.ts';
