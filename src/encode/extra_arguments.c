/* Which options of a user's own may reach the encoder. A profile may be written by someone who may not run programs or read
 * files on the machine, so this is a list of what is allowed and not of what is forbidden: ffmpeg has hundreds of options, new
 * ones in each release, and many of them open files, devices and sockets. Allowed are options that only steer an encoder, each
 * with exactly one plain value. The encoders' own parameter lists (-x265-params and its kin) are allowed too, but some of their
 * keys read and write files (csv, stats, qpfile, recon, …) and are refused by what their names say.
 * Test: tests/unit/encode/test_profile.c */
#include "encode/profile_check.h"

#include <string.h>

static const char *const allowed_options[] = {
    /* groups of pictures and references */
    "g", "keyint_min", "bf", "refs", "sc_threshold", "b_strategy", "b-pyramid", "weightp", "weightb", "b_ref_mode", "b_adapt",
    "forced-idr",
    /* profile and level */
    "profile", "level", "tier", "bluray-compat",
    /* rate control beside the quality */
    "maxrate", "minrate", "bufsize", "qmin", "qmax", "qcomp", "qdiff", "i_qfactor", "b_qfactor", "nal-hrd", "rc-lookahead",
    "multipass", "look_ahead", "look_ahead_depth", "extbrc", "adaptive_i", "adaptive_b", "rdo", "mbbrc", "low_power",
    "compression_level", "async_depth", "surfaces", "strict_gop", "nonref_p", "zerolatency",
    /* psychovisual */
    "aq-mode", "aq-strength", "aq_mode", "spatial-aq", "spatial_aq", "temporal-aq", "temporal_aq", "psy", "psy-rd", "mbtree",
    "deblock", "dark_scene_limit", "film_grain", "enable-overlays",
    /* motion search and decisions */
    "me_range", "me_method", "motion-est", "subq", "trellis", "partitions", "direct-pred", "fast-pskip", "coder", "cmp", "8x8dct",
    "mixed-refs", "chromaoffset",
    /* libvpx, libaom */
    "cpu-used", "deadline", "row-mt", "tile-columns", "tile-rows", "tiles", "auto-alt-ref", "lag-in-frames", "arnr-maxframes",
    "arnr-strength", "static-thresh", "sharpness", "aq_mode", "error-resilient", "frame-parallel", "enable-tpl",
    /* ProRes */
    "vendor", "bits_per_mb", "mbs_per_slice", "quant_mat", "alpha_bits",
    /* resources */
    "threads", "slices"};

static const char *const parameter_options[] = {"x265-params", "x264-params", "x264opts", "svtav1-params", "aom-params"};

/* Parts of the names of parameters that open files or start programs, in x264, x265, SVT-AV1 and libaom. */
static const char *const forbidden_in_keys[] = {"file",         "csv",
                                                "stat",         "analysis",
                                                "recon",        "exec",
                                                "log",          "pass",
                                                "input",        "output",
                                                "dhdr10",       "rpu",
                                                "clbin",        "dump",
                                                "table",        "path",
                                                "scaling-list", "cqm",
                                                "tcfile",       "nalu",
                                                "lambda",       "film-grain-test-vector",
                                                "vbv-live",     "fd"};

/* Options that a field of the profile sets: the refusal names it. */
static const struct {
  const char *option, *field;
} fields_for_options[] = {{"c", "codec"},
                          {"codec", "codec"},
                          {"vcodec", "codec"},
                          {"crf", "qualities"},
                          {"cq", "qualities"},
                          {"qp", "qualities"},
                          {"q", "qualities"},
                          {"b", "video_bit_rate_kbps"},
                          {"preset", "preset"},
                          {"tune", "tune"},
                          {"pix_fmt", "bit_depth"},
                          {"r", "max_frame_rate"},
                          {"vf", "the filter fields"},
                          {"filter", "the filter fields"},
                          {"s", "max_height"},
                          {"f", "container"},
                          {"pass", "two_pass"},
                          {"global_quality", "qualities"}};

static bool in_list(const char *const *list, size_t n, const char *text)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(list[i], text) == 0)
      return true;
  return false;
}

/* "-profile:v" -> "profile". NULL if it is not an option name, or names a stream that is not the video. */
static char *option_name(const char *argument)
{
  if (argument[0] != '-' || !g_ascii_isalnum(argument[1]))
    return NULL;
  const char *colon = strchr(argument, ':');
  if (colon && strcmp(colon, ":v") != 0 && strcmp(colon, ":v:0") != 0)
    return NULL;
  return colon ? g_strndup(argument + 1, colon - argument - 1) : g_strdup(argument + 1);
}

/* No character by which a value could be a path, an address, a placeholder or more than one word. */
static bool value_is_plain(const char *value)
{
  if (strlen(value) > 512 || value[0] == '\0')
    return false;
  for (const char *c = value; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("_.,:=+-()*|", *c))
      return false;
  return strstr(value, "movie=") == NULL && strstr(value, "file:") == NULL;
}

static char *check_parameters(const char *option, const char *value)
{
  g_auto(GStrv) parts = g_strsplit(value, ":", -1);
  for (char **part = parts; *part; part++) {
    g_autofree char *key = g_ascii_strdown(*part, -1);
    key[strcspn(key, "=")] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(forbidden_in_keys); i++)
      if (strstr(key, forbidden_in_keys[i]))
        return g_strdup_printf("The parameter \"%s\" of -%s is not allowed, because it can reach files or other programs.", key,
                               option);
  }
  return NULL;
}

static char *check_option(const char *name, const char *argument)
{
  for (size_t i = 0; name && i < G_N_ELEMENTS(fields_for_options); i++)
    if (strcmp(fields_for_options[i].option, name) == 0)
      return g_strdup_printf("\"%s\" is not allowed here: set %s in the profile instead.", argument, fields_for_options[i].field);
  if (!name || (!in_list(allowed_options, G_N_ELEMENTS(allowed_options), name) &&
                !in_list(parameter_options, G_N_ELEMENTS(parameter_options), name)))
    return g_strdup_printf("\"%s\" is not allowed: only options that steer the video encoder are, such as -g or -x265-params.",
                           argument);
  return NULL;
}

char *extra_arguments_check(char *const *arguments)
{
  for (char *const *argument = arguments; argument && *argument; argument += 2) {
    g_autofree char *name = option_name(argument[0]);
    char *message = check_option(name, argument[0]);
    if (message)
      return message;
    if (!argument[1])
      return g_strdup_printf("\"%s\" needs a value after it.", argument[0]);
    if (!value_is_plain(argument[1]))
      return g_strdup_printf("The value of %s may hold only letters, digits and _ . , : = + - ( ) * |.", argument[0]);
    if (in_list(parameter_options, G_N_ELEMENTS(parameter_options), name)) {
      message = check_parameters(name, argument[1]);
      if (message)
        return message;
    }
  }
  return NULL;
}
