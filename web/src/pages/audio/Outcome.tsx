// What a policy would do to files, in words: for one file with all its tracks, for many as a list to look into.
import { Collapse, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { fileQuery } from "../../api/queries.ts";
import type { AudioPreview } from "../../api/types.ts";
import { fileName, formatBytes, splitPath } from "../../format.ts";
import { IconChevronDown } from "../../icons.ts";
import { languageName } from "../../languages.ts";
import { StateBadge } from "../../parts/StateBadge.tsx";
import classes from "./Audio.module.css";
import { Tracks } from "./Tracks.tsx";
import { isChange, outcomeHelp, outcomeLabel } from "./words.ts";

const SOURCE: Record<NonNullable<AudioPreview["original_source"]>, string> = {
  person: "as you say",
  webhook: "as Sonarr or Radarr said",
  "tmdb-id": "as The Movie Database says",
  "tmdb-title": "as The Movie Database says of a film of this title",
};

export function OutcomeBadge({ outcome, size = "sm" }: { outcome: string; size?: "sm" | "md" }) {
  return <StateBadge state={outcome} label={outcomeLabel(outcome)} title={outcomeHelp(outcome)} size={size} />;
}

/** The reason and the tracks of one file. */
export function OutcomeOf({ preview, badge = true }: { preview: AudioPreview; badge?: boolean }) {
  const { result, original_language: language, original_source: source } = preview;
  const file = useQuery(fileQuery(preview.file_id));
  const facts = [language && `Made in ${languageName(language)}${source ? `, ${SOURCE[source]}` : ""}.`, result.outcome === "edit" && `${formatBytes(result.bytes)} of the file would be written.`].filter(Boolean).join(" ");
  return (
    <Stack gap="sm">
      <div className={classes.decision}>
        {badge && <OutcomeBadge outcome={result.outcome} size="md" />}
        <Text size="sm">{result.reason}</Text>
      </div>
      {result.choice.tracks.length > 0 && (file.isPending ? <Skeleton height={90} /> : <Tracks tracks={result.choice.tracks} streams={file.data?.media?.streams} />)}
      {facts && (
        <Text size="xs" c="dimmed">
          {facts}
        </Text>
      )}
    </Stack>
  );
}

function Row({ preview }: { preview: AudioPreview }) {
  const [isOpen, { toggle }] = useDisclosure();
  const { directory } = splitPath(preview.path);
  return (
    <li className={classes.tried}>
      <UnstyledButton className={classes.triedHead} onClick={toggle} aria-expanded={isOpen}>
        <span className={classes.triedName}>
          <span className="truncate" title={preview.path}>
            {fileName(preview.path)}
          </span>
          <span className={`truncate ${classes.sub}`}>{splitPath(directory).name}</span>
        </span>
        <OutcomeBadge outcome={preview.result.outcome} />
        <IconChevronDown size={16} className={classes.chevron} data-open={isOpen || undefined} aria-hidden />
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        {isOpen && (
          <div className={classes.triedBody}>
            <OutcomeOf preview={preview} badge={false} />
            <Text size="xs" mt={4}>
              <Link href={`/library/${preview.file_id}`}>To the file</Link>
            </Text>
          </div>
        )}
      </Collapse>
    </li>
  );
}

export function OutcomeList({ previews, most }: { previews: readonly AudioPreview[]; most: number }) {
  const changes = previews.filter(({ result }) => isChange(result.outcome)).length;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={550} role="status">
        {changes === 0 ? "None" : changes} of {previews.length === most ? `the first ${most}` : previews.length} {previews.length === 1 ? "file" : "files"} would be changed.
      </Text>
      <ul className={classes.triedList}>
        {previews.map((preview) => (
          <Row key={preview.file_id} preview={preview} />
        ))}
      </ul>
    </Stack>
  );
}
