// What was done to files, with undo where the original is still in the trash.
import { Anchor, Button, Table, Text, Tooltip } from "@mantine/core";
import { Link } from "wouter";
import { audioEdit, type HistoryEntry } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { fileName, formatBytes, formatCodec, formatPercent, formatSpan } from "../../format.ts";
import { IconArrowBackUp } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { confirm } from "../../parts/feedback.tsx";
import { StackedTable } from "../../parts/StackedTable.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { useUndo } from "../../parts/useUndo.ts";
import classes from "./HistoryTable.module.css";
import { editWords } from "./words.ts";

function UndoButton({ entry }: { entry: HistoryEntry }) {
  const undo = useUndo();
  const name = fileName(entry.path);
  const edit = entry.state === "edited";
  const ask = async (): Promise<void> => {
    // A few bytes that are set back are no reason for a question; a whole file is.
    const text = `${fileName(entry.path_before)} takes its old place again, byte for byte (${formatBytes(entry.size_before_bytes)}). ${audioEdit(entry) ? "The copy with other marks" : "The encoded file"} is removed.`;
    if (edit || (await confirm({ title: "Bring the original back?", text, action: "Bring it back" })))
      undo.mutate({ id: entry.id, said: edit ? `The marks of ${name} are being set back.` : `The original of ${name} is being brought back.` });
  };
  return (
    <Button variant="default" size="compact-xs" leftSection={<IconArrowBackUp size={14} />} loading={undo.isPending} onClick={() => void ask()} aria-label={`Undo the ${edit ? "change of tracks" : "replacement"} of ${name}`}>
      Undo
    </Button>
  );
}

function Change({ entry }: { entry: HistoryEntry }) {
  return (
    <>
      <Table.Td>
        <Tooltip label={[entry.profile && `profile ${entry.profile}`, entry.encoder, entry.seconds > 0 && `in ${formatSpan(entry.seconds * 1000)}`].filter(Boolean).join(", ") || "–"}>
          <span tabIndex={0} className={classes.video}>
            {formatCodec(entry.codec_before)} → {formatCodec(entry.codec_after)}
          </span>
        </Tooltip>
      </Table.Td>
      <Table.Td data-number>
        {formatBytes(entry.size_before_bytes)} → {formatBytes(entry.size_after_bytes)}
      </Table.Td>
      <Table.Td data-number fw={entry.state === "undone" ? 400 : 600} {...(entry.state === "undone" ? { c: "dimmed" } : {})}>
        {entry.state === "undone" ? "–" : `−${formatPercent(entry.bytes_saved / Math.max(1, entry.size_before_bytes))}`}
      </Table.Td>
    </>
  );
}

function Row({ entry, brief }: { entry: HistoryEntry; brief: boolean }) {
  const mayOperate = useMay("operator");
  const words = editWords(entry);
  return (
    <Table.Tr>
      {!brief && (
        <Table.Td maw={0} w="34%" data-wide>
          <Text size="sm" fw={500} className="truncate" title={entry.path}>
            {entry.file_id ? (
              <Anchor component={Link} href={`/library/${entry.file_id}`} c="inherit" inherit>
                {fileName(entry.path)}
              </Anchor>
            ) : (
              fileName(entry.path)
            )}
          </Text>
        </Table.Td>
      )}
      <Table.Td>
        <StateBadge state={entry.state} />
      </Table.Td>
      {words ? (
        <Table.Td colSpan={3} data-wide>
          <Text size="sm">{words}</Text>
          <Text size="xs" c="dimmed" lineClamp={2} title={audioEdit(entry)?.reason}>
            {audioEdit(entry)?.reason}
          </Text>
        </Table.Td>
      ) : (
        <Change entry={entry} />
      )}
      <Table.Td data-number c="dimmed">
        <Ago ms={entry.created_at_ms} />
      </Table.Td>
      {mayOperate && <Table.Td data-number>{entry.can_undo && <UndoButton entry={entry} />}</Table.Td>}
    </Table.Tr>
  );
}

export function HistoryTable({ entries, brief = false }: { entries: readonly HistoryEntry[]; brief?: boolean }) {
  const mayOperate = useMay("operator");
  return (
    <StackedTable
      label="History"
      width={brief ? 560 : 720}
      head={
        <>
          {!brief && <Table.Th>File</Table.Th>}
          <Table.Th>State</Table.Th>
          <Table.Th>What became of it</Table.Th>
          <Table.Th data-number>Size</Table.Th>
          <Table.Th data-number>Saved</Table.Th>
          <Table.Th data-number>When</Table.Th>
          {mayOperate && <Table.Th aria-label="Actions" />}
        </>
      }
    >
      {entries.map((entry) => (
        <Row key={entry.id} entry={entry} brief={brief} />
      ))}
    </StackedTable>
  );
}
