/* Decides a release's quality from its tags: the last source named counts, a resolution given in the name counts before one
 * assumed, and a Blu-ray whose video nobody encoded is a disc. Test: tests/unit/release/test_quality_read.c */
#include "release/quality_read.h"

#include "release/language.h"
#include "release/lexicon.h"

#include <string.h>

static const FileKind file_kinds[] = {
    {"mkv", QUALITY_SOURCE_WEBDL, 720, true, false},
    {"mk3d", QUALITY_SOURCE_WEBDL, 720, true, false},
    {"mp4", QUALITY_SOURCE_TV, 480, true, false},
    {"m4v", QUALITY_SOURCE_TV, 480, true, false},
    {"avi", QUALITY_SOURCE_TV, 480, true, false},
    {"divx", QUALITY_SOURCE_TV, 480, true, false},
    {"xvid", QUALITY_SOURCE_TV, 480, true, false},
    {"wmv", QUALITY_SOURCE_TV, 480, true, false},
    {"mpg", QUALITY_SOURCE_TV, 480, true, false},
    {"mpeg", QUALITY_SOURCE_TV, 480, true, false},
    {"mov", QUALITY_SOURCE_TV, 480, true, false},
    {"flv", QUALITY_SOURCE_TV, 480, true, false},
    {"ogm", QUALITY_SOURCE_TV, 480, true, false},
    {"ogv", QUALITY_SOURCE_TV, 480, true, false},
    {"asf", QUALITY_SOURCE_TV, 480, true, false},
    {"rm", QUALITY_SOURCE_TV, 480, true, false},
    {"rmvb", QUALITY_SOURCE_TV, 480, true, false},
    {"3gp", QUALITY_SOURCE_TV, 480, true, false},
    {"qt", QUALITY_SOURCE_TV, 480, true, false},
    {"dvr-ms", QUALITY_SOURCE_TV, 480, true, false},
    {"ts", QUALITY_SOURCE_TV, 720, true, false},
    {"wtv", QUALITY_SOURCE_TV, 720, true, false},
    {"webm", QUALITY_SOURCE_UNKNOWN, 0, true, false},
    {"strm", QUALITY_SOURCE_UNKNOWN, 0, true, false},
    {"m2ts", QUALITY_SOURCE_BLURAY, 720, true, true},
    {"mts", QUALITY_SOURCE_BLURAY, 720, true, false},
    {"vob", QUALITY_SOURCE_DVD, 0, true, true},
    {"iso", QUALITY_SOURCE_DVD, 0, true, true},
    {"img", QUALITY_SOURCE_DVD, 0, true, true},
    {"nfo", 0, 0, false, false},
    {"nzb", 0, 0, false, false},
    {"torrent", 0, 0, false, false},
    {"rar", 0, 0, false, false},
    {"zip", 0, 0, false, false},
    {"7z", 0, 0, false, false},
    {"srt", 0, 0, false, false},
    {"sub", 0, 0, false, false},
    {"idx", 0, 0, false, false},
    {"ass", 0, 0, false, false},
    {"ssa", 0, 0, false, false},
    {"txt", 0, 0, false, false},
    {"jpg", 0, 0, false, false},
    {"par2", 0, 0, false, false},
};

const FileKind *file_kind_find(const char *extension, size_t length)
{
  for (size_t i = 0; i < G_N_ELEMENTS(file_kinds); i++)
    if (strlen(file_kinds[i].extension) == length && g_ascii_strncasecmp(file_kinds[i].extension, extension, length) == 0)
      return &file_kinds[i];
  return NULL;
}

static ReleaseSpan span_of(const Scan *scan, int i)
{
  int end = tag_after(scan, i) - 1;
  return (ReleaseSpan){scan->tokens[i].start, (uint32_t)(scan->tokens[end].end - scan->tokens[i].start)};
}

static void gather_source(const Scan *scan, int i, QualityEvidence *evidence)
{
  const Token *token = &scan->tokens[i];
  int last = tag_after(scan, i) - 1;
  bool named_better = evidence->source >= 0 && evidence->source != SOURCE_TAG_CAPTURE &&
                      (token->value == SOURCE_TAG_CAPTURE || token_is(scan, i, "pal") || token_is(scan, i, "ntsc"));
  if (named_better)
    return;
  if (evidence->source == SOURCE_TAG_DVD_R && token->value == SOURCE_TAG_DVD)
    return;
  if (evidence->source == SOURCE_TAG_SCREENER && token->value == SOURCE_TAG_DVD)
    return;
  const Bracket *bracket = &scan->brackets[token->bracket];
  evidence->source = token->value;
  evidence->source_span = span_of(scan, i);
  evidence->boxed = token->bracket && bracket->first == i && bracket->last == last;
  evidence->parted = last > i;
}

static void gather_codec(int codec, QualityEvidence *evidence)
{
  evidence->encode = evidence->encode || codec == CODEC_TAG_ENCODE || codec == CODEC_TAG_DIVX || codec == CODEC_TAG_OTHER;
  evidence->divx = evidence->divx || codec == CODEC_TAG_DIVX;
  evidence->avc = evidence->avc || codec == CODEC_TAG_AVC;
  evidence->hevc = evidence->hevc || codec == CODEC_TAG_HEVC;
  evidence->vc1 = evidence->vc1 || codec == CODEC_TAG_VC1;
  evidence->mpeg2 = evidence->mpeg2 || codec == CODEC_TAG_MPEG2;
}

/* A resolution as pixels ("848x480") or lines; the first given counts, lines before pixels. */
static void gather_lines(const Scan *scan, int i, QualityEvidence *evidence)
{
  if (evidence->lines)
    return;
  evidence->lines = scan->tokens[i].value;
  evidence->lines_span = span_of(scan, i);
}

static void gather_remux(const Scan *scan, int i, QualityEvidence *evidence)
{
  evidence->remux = true;
  evidence->modifier_span = span_of(scan, i);
  RemuxTag tag = (RemuxTag)scan->tokens[i].value;
  evidence->uhd = evidence->uhd || tag == REMUX_TAG_UHD;
  if (tag != REMUX_TAG_PLAIN && evidence->source < 0) { /* "BDRemux" */
    evidence->source = tag == REMUX_TAG_DVD ? SOURCE_TAG_DVD_R : SOURCE_TAG_BD;
    evidence->source_span = evidence->modifier_span;
  }
}

void quality_gather(const Scan *scan, QualityEvidence *ret_evidence)
{
  QualityEvidence evidence = {.source = -1};
  bool german = false, plus = false;
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    if (!tag_counts(token))
      continue;
    switch (token->kind) {
    case TAG_SOURCE:
      gather_source(scan, i, &evidence);
      break;
    case TAG_RESOLUTION:
      gather_lines(scan, i, &evidence);
      break;
    case TAG_REMUX:
      gather_remux(scan, i, &evidence);
      break;
    case TAG_CODEC:
      gather_codec(token->value, &evidence);
      break;
    case TAG_PICTURE:
      evidence.uhd = evidence.uhd || token->value == PICTURE_TAG_UHD;
      evidence.four_k = evidence.four_k || token->value == PICTURE_TAG_4K;
      evidence.high_resolution = evidence.high_resolution || token->value == PICTURE_TAG_HR;
      evidence.ten_bit = evidence.ten_bit || token->value == PICTURE_TAG_TEN_BIT;
      break;
    case TAG_DISC:
      evidence.image = evidence.image || token->value == DISC_TAG_IMAGE;
      evidence.whole = evidence.whole || token->value == DISC_TAG_WHOLE;
      if (!evidence.modifier_span.length)
        evidence.modifier_span = span_of(scan, i);
      break;
    case TAG_LANGUAGE:
      german = german || token->value == LANGUAGE_GERMAN;
      break;
    case TAG_MULTI:
      plus = plus || token->value == MULTI_TAG_DUAL || token->value == MULTI_TAG_ML;
      break;
    default:
      break;
    }
  }
  evidence.german_plus = german && plus;
  *ret_evidence = evidence;
}

void quality_evidence_fill(QualityEvidence *evidence, const QualityEvidence *other)
{
  if (evidence->source < 0) {
    evidence->source = other->source;
    evidence->source_span = other->source_span;
    if (!evidence->modifier_span.length)
      evidence->modifier_span = other->modifier_span;
    evidence->boxed = other->boxed;
    evidence->parted = other->parted;
    evidence->remux = evidence->remux || other->remux;
    evidence->image = evidence->image || other->image;
    evidence->whole = evidence->whole || other->whole;
    evidence->encode = evidence->encode || other->encode;
    evidence->avc = evidence->avc || other->avc;
    evidence->hevc = evidence->hevc || other->hevc;
    evidence->vc1 = evidence->vc1 || other->vc1;
    evidence->mpeg2 = evidence->mpeg2 || other->mpeg2;
    evidence->ten_bit = evidence->ten_bit || other->ten_bit;
    evidence->divx = evidence->divx || other->divx;
    evidence->german_plus = evidence->german_plus || other->german_plus;
  }
  if (!evidence->lines) {
    evidence->lines = other->lines;
    evidence->lines_span = other->lines_span;
    evidence->uhd = evidence->uhd || other->uhd;
    evidence->four_k = evidence->four_k || other->four_k;
    evidence->high_resolution = evidence->high_resolution || other->high_resolution;
  }
}

/* A Blu-ray, or what replaced it for a while, as it was pressed: the name says so, or gives a disc's codec and no encoder's. */
static bool is_disc(const QualityEvidence *evidence, const FileKind *kind)
{
  bool single_file = kind && kind->is_video && !kind->is_disc;
  if (evidence->remux || evidence->encode || evidence->ten_bit)
    return false;
  if (evidence->image || (kind && strcmp(kind->extension, "iso") == 0 && evidence->source == SOURCE_TAG_BLURAY))
    return true;
  bool named = evidence->source == SOURCE_TAG_BLURAY, bd = evidence->source == SOURCE_TAG_BD;
  if (evidence->whole && (named || bd || evidence->source == SOURCE_TAG_UHD_BD))
    return true;
  if (!named || evidence->german_plus || single_file)
    return false;
  bool full = evidence->lines == 0 || evidence->lines >= 1080;
  return full &&
         (evidence->avc || evidence->vc1 || evidence->mpeg2 || (evidence->hevc && evidence->uhd && evidence->lines != 1080));
}

typedef struct {
  QualitySource source;
  int lines; /* assumed when the name gives none */
} SourceDefault;

static SourceDefault source_default(const QualityEvidence *evidence)
{
  int lines = evidence->uhd || evidence->four_k ? 2160 : 0;
  bool boxed = evidence->boxed;
  switch ((SourceTag)evidence->source) {
  case SOURCE_TAG_CAM:
    return (SourceDefault){QUALITY_SOURCE_CAM, 0};
  case SOURCE_TAG_TELESYNC:
    return (SourceDefault){QUALITY_SOURCE_TELESYNC, 0};
  case SOURCE_TAG_TELECINE:
    return (SourceDefault){QUALITY_SOURCE_TELECINE, 0};
  case SOURCE_TAG_WORKPRINT:
    return (SourceDefault){QUALITY_SOURCE_WORKPRINT, 0};
  case SOURCE_TAG_SCREENER:
  case SOURCE_TAG_REGIONAL:
  case SOURCE_TAG_DVD_R:
    return (SourceDefault){QUALITY_SOURCE_DVD, 480};
  case SOURCE_TAG_DVD:
    return (SourceDefault){QUALITY_SOURCE_DVD, 0};
  case SOURCE_TAG_SDTV:
    return (SourceDefault){QUALITY_SOURCE_TV, evidence->high_resolution ? 720 : 480};
  case SOURCE_TAG_HDTV:
    return (SourceDefault){QUALITY_SOURCE_TV, lines ? lines : boxed || evidence->parted || evidence->high_resolution ? 720 : 480};
  case SOURCE_TAG_WEBDL:
    return (SourceDefault){QUALITY_SOURCE_WEBDL, lines ? lines : boxed ? 720 : 480};
  case SOURCE_TAG_WEBRIP:
    return (SourceDefault){QUALITY_SOURCE_WEBRIP, lines ? lines : boxed ? 720 : 480};
  case SOURCE_TAG_BLURAY:
  case SOURCE_TAG_BD:
    return (SourceDefault){QUALITY_SOURCE_BLURAY, lines ? lines : evidence->remux ? 1080 : 720};
  case SOURCE_TAG_BDRIP:
    return (SourceDefault){QUALITY_SOURCE_BLURAY, lines ? lines : 480};
  case SOURCE_TAG_UHD_BD:
    return (SourceDefault){QUALITY_SOURCE_BLURAY, 2160};
  case SOURCE_TAG_CAPTURE:
  case SOURCE_TAG_TAPE:
    break;
  }
  return (SourceDefault){QUALITY_SOURCE_UNKNOWN, lines};
}

static QualityModifier modifier_of(const QualityEvidence *evidence, QualitySource source, int lines)
{
  if (evidence->source == SOURCE_TAG_SCREENER)
    return QUALITY_MODIFIER_SCREENER;
  if (evidence->source == SOURCE_TAG_REGIONAL)
    return QUALITY_MODIFIER_REGIONAL;
  if (evidence->source == SOURCE_TAG_DVD_R)
    return QUALITY_MODIFIER_REMUX;
  if (source == QUALITY_SOURCE_TV && evidence->mpeg2 && evidence->source == SOURCE_TAG_HDTV && lines >= 720)
    return QUALITY_MODIFIER_RAWHD;
  bool german_remux = evidence->german_plus && evidence->source == SOURCE_TAG_BLURAY && !evidence->encode && !evidence->ten_bit &&
                      (evidence->avc || evidence->hevc || evidence->vc1 || evidence->mpeg2);
  if (source == QUALITY_SOURCE_BLURAY && lines >= 1080 && (evidence->remux || german_remux))
    return QUALITY_MODIFIER_REMUX;
  return QUALITY_MODIFIER_NONE;
}

static void write_quality(Release *release, QualitySource source, int lines, QualityModifier modifier)
{
  release->quality = quality_nearest(source, lines, modifier);
  const Quality *quality = quality_find(release->quality);
  release->source = quality->id == QUALITY_UNKNOWN ? (int)source : quality->source;
  release->modifier = quality->modifier;
  release->resolution = quality->resolution ? quality->resolution : lines;
}

void quality_decide(const QualityEvidence *evidence, const FileKind *kind, Release *release)
{
  release->parts[RELEASE_PART_SOURCE] = evidence->source_span;
  release->parts[RELEASE_PART_RESOLUTION] = evidence->lines_span;
  release->source_from = evidence->source >= 0 ? RELEASE_FROM_NAME : RELEASE_FROM_NOTHING;
  release->resolution_from = evidence->lines ? RELEASE_FROM_NAME : RELEASE_FROM_NOTHING;
  if (is_disc(evidence, kind)) {
    release->disc = true;
    release->source_from = RELEASE_FROM_NAME;
    release->parts[RELEASE_PART_MODIFIER] = evidence->modifier_span;
    write_quality(release, QUALITY_SOURCE_BLURAY, 1080, QUALITY_MODIFIER_BRDISK);
    return;
  }
  SourceDefault assumed = source_default(evidence);
  QualitySource source = assumed.source;
  int lines = evidence->lines ? evidence->lines : assumed.lines;
  if (evidence->source < 0 && evidence->remux && (lines == 0 || lines >= 1080)) {
    source = QUALITY_SOURCE_BLURAY;
    lines = lines ? lines : 1080;
  } else if (evidence->source < 0 && kind && kind->is_video && kind->source != QUALITY_SOURCE_UNKNOWN) {
    source = (QualitySource)kind->source;
    release->source_from = RELEASE_FROM_EXTENSION;
    if (!lines) {
      lines = kind->resolution;
      release->resolution_from = RELEASE_FROM_EXTENSION;
    }
  } else if (source == QUALITY_SOURCE_UNKNOWN && lines) {
    source = QUALITY_SOURCE_TV; /* lines only: television, the least that has them */
  } else if (source == QUALITY_SOURCE_UNKNOWN && evidence->divx && evidence->source < 0) {
    source = QUALITY_SOURCE_TV;
    lines = 480;
  }
  QualityModifier modifier = modifier_of(evidence, source, lines);
  release->disc = (evidence->source == SOURCE_TAG_DVD_R && !evidence->remux) || (kind && kind->is_disc);
  if (modifier != QUALITY_MODIFIER_NONE)
    release->parts[RELEASE_PART_MODIFIER] = evidence->modifier_span.length ? evidence->modifier_span : evidence->source_span;
  if (source == QUALITY_SOURCE_DVD)
    write_quality(release, source, modifier == QUALITY_MODIFIER_NONE ? lines : 480, modifier);
  else if (modifier == QUALITY_MODIFIER_RAWHD)
    write_quality(release, source, 1080, modifier);
  else
    write_quality(release, source, source == QUALITY_SOURCE_BLURAY || lines != 576 ? lines : 480, modifier);
}
