import { canonicalLocation } from '../arm/checks.ts';

const NAMES = [
  'West Europe',
  'North Europe',
  'East US',
  'East US 2',
  'West US',
  'West US 2',
  'West US 3',
  'Central US',
  'West Central US',
  'Central US EUAP',
  'South Central US',
  'UK South',
  'France Central',
  'Germany West Central',
  'Sweden Central',
  'Switzerland North',
  'Southeast Asia',
  'Japan East',
  'Australia East',
  'Canada Central',
  'Brazil South',
  'Central India',
  'Korea Central',
  'Norway East',
  'Poland Central',
  'Italy North',
  'UAE North',
];

const BY_LOCATION = new Map(NAMES.map((name) => [canonicalLocation(name), name]));

/** The gallery service answers with display names (`West Europe`) whatever it was given. */
export function displayName(location: string): string {
  return BY_LOCATION.get(canonicalLocation(location)) ?? location;
}
