/* libav* by dlopen: this program does not link the libraries, only the probing child loads them (docs/decisions/0002), so that
 * everything else stays small and starts fast. Each function is a member of its own name, typed by the real headers.
 *
 * The libraries must have the major versions of the headers at build time: the structs are shared. FFmpeg 5.1 to 8.
 *
 * Thread-safety: a Libav is constant once loaded. */
#pragma once

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/log.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

/* Side data of a stream moved into its codec parameters with 6.1. */
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 100)
#define LIBAV_CODED_SIDE_DATA 1
#define LIBAV_SIDE_DATA_FUNCTIONS(X) X(codec, av_packet_side_data_get)
#else
#define LIBAV_CODED_SIDE_DATA 0
#define LIBAV_SIDE_DATA_FUNCTIONS(X) X(format, av_stream_get_side_data)
#endif

/* X(library, function) */
#define LIBAV_FUNCTIONS(X)                                                                                                       \
  X(util, avutil_version)                                                                                                        \
  X(util, av_channel_layout_describe)                                                                                            \
  X(util, av_chroma_location_name)                                                                                               \
  X(util, av_color_primaries_name)                                                                                               \
  X(util, av_color_range_name)                                                                                                   \
  X(util, av_color_space_name)                                                                                                   \
  X(util, av_color_transfer_name)                                                                                                \
  X(util, av_dict_free)                                                                                                          \
  X(util, av_dict_get)                                                                                                           \
  X(util, av_dict_set)                                                                                                           \
  X(util, av_free)                                                                                                               \
  X(util, av_freep)                                                                                                              \
  X(util, av_get_sample_fmt_name)                                                                                                \
  X(util, av_log_set_level)                                                                                                      \
  X(util, av_malloc)                                                                                                             \
  X(util, av_opt_set)                                                                                                            \
  X(util, av_pix_fmt_desc_get)                                                                                                   \
  X(util, av_rescale_q_rnd)                                                                                                      \
  X(codec, avcodec_version)                                                                                                      \
  X(codec, av_packet_alloc)                                                                                                      \
  X(codec, av_packet_clone)                                                                                                      \
  X(codec, av_packet_free)                                                                                                       \
  X(codec, av_packet_get_side_data)                                                                                              \
  X(codec, av_packet_unref)                                                                                                      \
  X(codec, avcodec_alloc_context3)                                                                                               \
  X(codec, avcodec_descriptor_get)                                                                                               \
  X(codec, avcodec_find_decoder)                                                                                                 \
  X(codec, avcodec_free_context)                                                                                                 \
  X(codec, avcodec_open2)                                                                                                        \
  X(codec, avcodec_parameters_to_context)                                                                                        \
  X(codec, avcodec_profile_name)                                                                                                 \
  X(codec, avcodec_send_packet)                                                                                                  \
  X(format, avformat_version)                                                                                                    \
  X(format, av_find_input_format)                                                                                                \
  X(format, av_disposition_to_string)                                                                                            \
  X(format, av_guess_sample_aspect_ratio)                                                                                        \
  X(format, av_read_frame)                                                                                                       \
  X(format, av_seek_frame)                                                                                                       \
  X(format, avformat_alloc_context)                                                                                              \
  X(format, avformat_close_input)                                                                                                \
  X(format, avformat_find_stream_info)                                                                                           \
  X(format, avformat_index_get_entries_count)                                                                                    \
  X(format, avformat_index_get_entry)                                                                                            \
  X(format, avformat_open_input)                                                                                                 \
  X(format, avio_alloc_context)                                                                                                  \
  X(format, avio_context_free)                                                                                                   \
  LIBAV_SIDE_DATA_FUNCTIONS(X)

typedef struct {
  void *util, *codec, *format; /* dlopen's handles */
#define LIBAV_MEMBER(library, name) __typeof__(&name) name;
  LIBAV_FUNCTIONS(LIBAV_MEMBER)
#undef LIBAV_MEMBER
} Libav;

/* Loads the libraries and looks up every function. NULL with UNAVAILABLE and the loader's own words if one is missing. The
 * libraries stay in memory for ever. */
Libav *libav_load(GError **error);
void libav_free(Libav *av);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Libav, libav_free)

/* "libavformat 59.27.100, libavcodec 59.37.100, libavutil 57.28.100". The caller frees it. */
char *libav_versions(const Libav *av);
