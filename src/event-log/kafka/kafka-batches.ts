import type { KafkaRecord } from './kafka-record.js';

/** What a broker takes as one batch, as Kafka comes (`message.max.bytes`); our topic says so too. */
export const largestBatchBytes = 1_048_588;

/** A record may be so large, and so may the records of one call that are stored together: well under what a broker takes. */
export const largestPieceBytes = 900_000;
const largestPieceRecords = 2_000;

/** Calls share a batch up to here: more gains nothing, and each waits for the whole. kafkajs's time grows with the records' square. */
const gatheredBytes = 400_000;
const gatheredRecords = 500;

/** What is counted for a record besides its key and value: its header and its lengths, generously. */
export const framingBytes = 100;

/** Of the records of one call, those that are stored together: all of them, unless they are too many for one batch. */
export interface Piece {
  readonly records: readonly KafkaRecord[];
  readonly bytes: number;
}

/** @param bytes of each record, none more than `largestPieceBytes` */
export function cutIntoPieces(records: readonly KafkaRecord[], bytes: readonly number[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let sum = 0;
  bytes.forEach((size, at) => {
    if (at > start && (sum + size > largestPieceBytes || at - start === largestPieceRecords)) {
      pieces.push({ records: records.slice(start, at), bytes: sum });
      start = at;
      sum = 0;
    }
    sum += size;
  });
  return [...pieces, { records: records.slice(start), bytes: sum }];
}

/** How many of the waiting pieces go into the next batch: one at least. */
export function piecesOfNextBatch(waiting: readonly Piece[]): number {
  let bytes = 0;
  let records = 0;
  const tooMuch = waiting.findIndex((piece, at) => {
    bytes += piece.bytes;
    records += piece.records.length;
    return at > 0 && (bytes > gatheredBytes || records > gatheredRecords);
  });
  return tooMuch === -1 ? waiting.length : tooMuch;
}
