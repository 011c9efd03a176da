/* Looks for an ordered edition. Test: tests/unit/container/test_mkv.c */
#include "container/mkv_chapters.h"

#include "container/mkv_ids.h"

enum { MAX_EDITION_CHILDREN = 1 << 14 };

static bool is_ordered(const ByteSource *source, const EbmlElement *edition)
{
  int64_t at = edition->data;
  for (int n = 0; at < ebml_end(edition) && n < MAX_EDITION_CHILDREN; n++) {
    EbmlElement child;
    uint64_t value = 0;
    if (!ebml_read(source, at, ebml_end(edition), &child, NULL))
      return false;
    if (child.id == MKV_EDITION_FLAG_ORDERED && ebml_read_uint(source, &child, &value, NULL) && value != 0)
      return true;
    at = ebml_end(&child);
  }
  return false;
}

static bool has_ordered_edition(const ByteSource *source, const EbmlElement *chapters)
{
  int64_t at = chapters->data;
  for (int n = 0; at < ebml_end(chapters) && n < MAX_EDITION_CHILDREN; n++) {
    EbmlElement child;
    if (!ebml_read(source, at, ebml_end(chapters), &child, NULL))
      return false;
    if (child.id == MKV_EDITION_ENTRY && is_ordered(source, &child))
      return true;
    at = ebml_end(&child);
  }
  return false;
}

bool mkv_has_ordered_chapters(const ByteSource *source, const MkvFile *file)
{
  for (guint i = 0; i < file->front->len; i++) {
    const EbmlElement *element = &g_array_index(file->front, EbmlElement, i);
    if (element->id == MKV_CHAPTERS && has_ordered_edition(source, element))
      return true;
  }
  for (guint i = 0; i < file->seeks->len; i++) {
    const MkvSeek *seek = &g_array_index(file->seeks, MkvSeek, i);
    EbmlElement element;
    if (seek->id == MKV_CHAPTERS && ebml_read(source, seek->target, ebml_end(&file->segment), &element, NULL) &&
        element.id == MKV_CHAPTERS && !element.size_unknown && has_ordered_edition(source, &element))
      return true;
  }
  return false;
}
