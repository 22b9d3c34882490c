/** The ids of the texts that differ between a trainer's list of clients and a client's list of trainers. */
export interface RosterTexts {
  title: string;
  search: string;
  failed: string;
  none: string;
  noneHint: string;
  choose: string;
}
