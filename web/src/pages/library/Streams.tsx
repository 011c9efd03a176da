import { Badge, Group, Table, Text } from "@mantine/core";
import type { StreamInfo } from "../../api/types.ts";
import { formatBitRate, formatCodec, formatFrameRate, formatWord } from "../../format.ts";
import { HdrBadge } from "./columns.tsx";

function detail(stream: StreamInfo): string {
  const parts =
    stream.type === "video"
      ? [
          stream.profile,
          stream.width ? `${stream.width} × ${stream.height}` : null,
          stream.frame_rate ? `${formatFrameRate(stream.frame_rate)} fps` : null,
          stream.pixel_format,
          stream.bit_depth ? `${stream.bit_depth} bit` : null,
        ]
      : stream.type === "audio"
        ? [stream.profile, stream.channel_layout ?? (stream.channels ? `${stream.channels} channels` : null), stream.sample_rate ? `${stream.sample_rate / 1000} kHz` : null]
        : [stream.file_name, stream.mime_type];
  return parts.filter((part) => part !== null && part !== "").join(", ");
}

export function Streams({ streams }: { streams: readonly StreamInfo[] }) {
  return (
    <Table.ScrollContainer minWidth={640} scrollAreaProps={{ type: "auto", viewportProps: { tabIndex: 0, "aria-label": "Streams" } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>#</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>Codec</Table.Th>
            <Table.Th>Language</Table.Th>
            <Table.Th>Details</Table.Th>
            <Table.Th data-number>Bit rate</Table.Th>
            <Table.Th>Marks</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {streams.map((stream) => (
            <Table.Tr key={stream.index}>
              <Table.Td className="numbers">{stream.index}</Table.Td>
              <Table.Td>{formatWord(stream.type)}</Table.Td>
              <Table.Td>{formatCodec(stream.codec)}</Table.Td>
              <Table.Td>{stream.language ?? "–"}</Table.Td>
              <Table.Td>
                <Text size="sm">
                  {detail(stream)} <HdrBadge hdr={stream.hdr} />
                </Text>
                {stream.title && (
                  <Text size="xs" c="dimmed">
                    {stream.title}
                  </Text>
                )}
              </Table.Td>
              <Table.Td data-number>{formatBitRate(stream.bit_rate_bps)}</Table.Td>
              <Table.Td>
                <Group gap={4}>
                  {stream.dispositions.map((mark) => (
                    <Badge key={mark} size="sm" color="gray">
                      {mark}
                    </Badge>
                  ))}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
