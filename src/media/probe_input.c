/* Opening a media file with libavformat: bytes come from a descriptor only, nothing else can be opened, and no decoder works
 * longer than it takes to learn the stream's parameters.
 *
 * avformat_find_stream_info spends nine tenths of its time decoding pictures to learn what stands in their headers. So it is run
 * with decoders that learn the parameters and are then refused the picture; whatever looks incomplete afterwards is read again
 * in the plain way, so that the answer is always ffprobe's. Tested by tests/unit/media/test_probe.c. */
#include "media/probe_read.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { IO_BUFFER_BYTES = 64 * 1024 };

/* Containers of video and audio. No playlists, no image sequences, no text, no scripts, nothing that names other files. */
static const char format_whitelist[] = "aac,ac3,aiff,amr,ape,asf,av1,avi,caf,dirac,dts,dtshd,dv,eac3,f4v,flac,flv,gxf,h263,h264,"
                                       "hevc,ivf,m4v,matroska,webm,mlp,mov,mp3,"
                                       "mp4,m4a,3gp,3g2,mj2,mpeg,mpegts,mpegvideo,mxf,nsv,nut,obu,ogg,pva,rm,swf,truehd,tta,vc1,"
                                       "vc1test,voc,w64,wav,wtv,wv,yuv4mpegpipe";

static int read_callback(void *opaque, uint8_t *buffer, int length)
{
  ProbeInput *input = opaque;
  if (g_get_monotonic_time() > input->deadline_us) {
    input->timed_out = true;
    return AVERROR_EXIT;
  }
  ssize_t got;
  do
    got = pread(input->fd, buffer, (size_t)length, input->position);
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    input->read_errno = input->read_errno ? input->read_errno : errno;
    return AVERROR(input->read_errno);
  }
  input->position += got;
  return got ? (int)got : AVERROR_EOF;
}

static int64_t seek_callback(void *opaque, int64_t offset, int whence)
{
  ProbeInput *input = opaque;
  int64_t base;
  switch (whence & ~AVSEEK_FORCE) {
  case AVSEEK_SIZE:
    return input->size_bytes;
  case SEEK_SET:
    base = 0;
    break;
  case SEEK_CUR:
    base = input->position;
    break;
  case SEEK_END:
    base = input->size_bytes;
    break;
  default:
    return AVERROR(EINVAL);
  }
  int64_t target;
  if (__builtin_add_overflow(base, offset, &target) || target < 0)
    return AVERROR(EINVAL);
  return input->position = target;
}

static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
  return AVERROR(EPERM);
}

static int interrupt_callback(void *opaque)
{
  ProbeInput *input = opaque;
  if (g_get_monotonic_time() <= input->deadline_us)
    return 0;
  input->timed_out = true;
  return 1;
}

bool probe_input_fail(const ProbeInput *input, int code, const char *otherwise, GError **error)
{
  if (input->timed_out)
    return fail(error, REEVE_ERROR_TIMEOUT,
                "could not be read within the time limit for probing; its disk is slow or its headers are damaged.");
  if (input->read_errno)
    return fail_errno(error, input->read_errno, "could not be read");
  if (code == AVERROR(ENOMEM))
    return fail(error, REEVE_ERROR_LIMIT, "asks for more memory than a probe may take; its headers are probably damaged.");
  return fail(error, REEVE_ERROR_CORRUPT, "%s", otherwise);
}

void probe_input_close(ProbeInput *input)
{
  const Libav *av = input->av;
  probe_packets_clear(input);
  if (input->format)
    av->avformat_close_input(&input->format);
  if (input->io) {
    av->av_freep(&input->io->buffer);
    av->avio_context_free(&input->io);
  }
}

static bool open_format(ProbeInput *input, GError **error)
{
  const Libav *av = input->av;
  input->position = 0;
  unsigned char *buffer = av->av_malloc(IO_BUFFER_BYTES);
  if (buffer)
    input->io = av->avio_alloc_context(buffer, IO_BUFFER_BYTES, 0, input, read_callback, NULL, seek_callback);
  input->format = input->io ? av->avformat_alloc_context() : NULL;
  if (!input->format) {
    if (!input->io)
      av->av_free(buffer);
    return probe_input_fail(input, AVERROR(ENOMEM), "", error);
  }
  input->format->pb = input->io;
  input->format->io_open = refuse_open;
  input->format->interrupt_callback = (AVIOInterruptCB){interrupt_callback, input};

  AVDictionary *options = NULL;
  av->av_dict_set(&options, "format_whitelist", format_whitelist, 0);
  av->av_dict_set(&options, "scan_all_pmts", "1", 0); /* as ffprobe */
  const char *certain = probe_certain_format(input);
  int code = av->avformat_open_input(&input->format, input->name, certain ? av->av_find_input_format(certain) : NULL, &options);
  av->av_dict_free(&options);
  if (code < 0)
    return probe_input_fail(input, code, "is not a media file, or its beginning is damaged.", error);
  return true;
}

static bool is_format(const ProbeInput *input, const char *name)
{
  return strncmp(input->format->iformat->name, name, strlen(name)) == 0;
}

static bool is_picture_stream(const AVStream *stream)
{
  return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

static bool has_codec(const ProbeInput *input, enum AVCodecID id)
{
  for (unsigned i = 0; i < input->format->nb_streams; i++)
    if (is_picture_stream(input->format->streams[i]) && input->format->streams[i]->codecpar->codec_id == id)
      return true;
  return false;
}

/* The decoders of all streams except VP9's, which are opened here afterwards: their headers are all that is needed of them. */
static void withhold_vp9(const ProbeInput *input)
{
  GString *names = g_string_new("none");
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    enum AVCodecID id = input->format->streams[i]->codecpar->codec_id;
    const AVCodec *decoder = id == AV_CODEC_ID_VP9 ? NULL : input->av->avcodec_find_decoder(id);
    if (decoder)
      g_string_append_printf(names, ",%s", decoder->name);
  }
  input->av->av_opt_set(input->format, "codec_whitelist", names->str, 0);
  g_string_free(names, TRUE);
}

/* An attachment whose kind libavformat does not know (fonts, for older versions) makes it search the first megabytes for a
 * codec, as if packets of it could come. This can be spared if the frame rates do not depend on how much is read. */
static bool has_unknown_attachments(const ProbeInput *input)
{
  bool found = false;
  if (!is_format(input, "matroska") || input->format->duration == AV_NOPTS_VALUE)
    return false;
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    const AVStream *stream = input->format->streams[i];
    if (is_picture_stream(stream) && !(stream->avg_frame_rate.num && stream->r_frame_rate.num))
      return false;
    found = found || (stream->codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT && stream->codecpar->codec_id == AV_CODEC_ID_NONE);
  }
  return found;
}

/* Streams of data are not searched. */
static void rename_unknown(const ProbeInput *input, enum AVMediaType from, enum AVMediaType to)
{
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    AVCodecParameters *parameters = input->format->streams[i]->codecpar;
    if (parameters->codec_type == from && parameters->codec_id == AV_CODEC_ID_NONE)
      parameters->codec_type = to;
  }
}

static int find_stream_info_quickly(ProbeInput *input)
{
  const Libav *av = input->av;
  unsigned n = input->format->nb_streams;
  g_autofree AVDictionary **options = g_new0(AVDictionary *, n + 1);
  for (unsigned i = 0; i < n; i++) {
    const AVStream *stream = input->format->streams[i];
    /* The H.264 decoder reports all parameters, then asks for a picture buffer, which max_pixels forbids. */
    if (is_picture_stream(stream) && stream->codecpar->codec_id == AV_CODEC_ID_H264)
      av->av_dict_set(&options[i], "max_pixels", "1", 0);
  }
  if (has_codec(input, AV_CODEC_ID_VP9) && !(input->format->ctx_flags & AVFMTCTX_NOHEADER))
    withhold_vp9(input);
  int code = av->avformat_find_stream_info(input->format, n ? options : NULL);
  for (unsigned i = 0; i < n; i++)
    av->av_dict_free(&options[i]);
  return code;
}

static int refuse_buffer(AVCodecContext *codec, AVFrame *frame, int flags)
{
  return AVERROR(ENOSYS);
}

/* Lets a decoder read the headers of one packet, and gives what it learnt to the stream. */
static void learn_from_packet(const ProbeInput *input, AVStream *stream, const AVPacket *packet)
{
  const Libav *av = input->av;
  AVCodecParameters *parameters = stream->codecpar;
  const AVCodec *decoder = av->avcodec_find_decoder(parameters->codec_id);
  AVCodecContext *codec = decoder ? av->avcodec_alloc_context3(decoder) : NULL;
  if (!codec)
    return;
  if (av->avcodec_parameters_to_context(codec, parameters) >= 0) {
    codec->get_buffer2 = refuse_buffer;
    codec->thread_count = 1;
    if (av->avcodec_open2(codec, decoder, NULL) >= 0)
      (void)av->avcodec_send_packet(codec, packet); /* fails: it gets no buffer */
    if (codec->pix_fmt != AV_PIX_FMT_NONE && codec->width > 0 && codec->height > 0) {
      parameters->format = codec->pix_fmt;
      parameters->width = codec->width;
      parameters->height = codec->height;
      parameters->profile = codec->profile;
#if LIBAVFORMAT_VERSION_MAJOR >= 62 /* from FFmpeg 8 on, what the container says about colours stands */
      if (parameters->color_range == AVCOL_RANGE_UNSPECIFIED)
        parameters->color_range = codec->color_range;
      if (parameters->color_primaries == AVCOL_PRI_UNSPECIFIED && parameters->color_trc == AVCOL_TRC_UNSPECIFIED)
        parameters->color_space = codec->colorspace;
#else
      parameters->color_range = codec->color_range;
      parameters->color_space = codec->colorspace;
#endif
    }
  }
  av->avcodec_free_context(&codec);
}

static bool lacks_pixels(const AVStream *stream)
{
  return is_picture_stream(stream) && (stream->codecpar->format == AV_PIX_FMT_NONE || stream->codecpar->width <= 0);
}

static void complete_vp9(ProbeInput *input)
{
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    AVStream *stream = input->format->streams[i];
    const AVPacket *packet =
        stream->codecpar->codec_id == AV_CODEC_ID_VP9 && lacks_pixels(stream) ? probe_first_packet(input, i) : NULL;
    if (packet)
      learn_from_packet(input, stream, packet);
  }
}

/* Did reading without pictures leave a gap that pictures would have filled? */
static bool is_complete(const ProbeInput *input)
{
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    const AVStream *stream = input->format->streams[i];
    enum AVCodecID id = stream->codecpar->codec_id;
    if (id != AV_CODEC_ID_H264 && id != AV_CODEC_ID_VP9)
      continue;
    if (lacks_pixels(stream))
      return false;
    /* Matroska has no decoding times; for H.264 without a reordering depth in its headers they are guessed from decoded
     * pictures. Where that was needed and failed, libavformat gives the stream the file's own start and duration. */
    if (is_format(input, "matroska") && is_picture_stream(stream) && stream->duration != AV_NOPTS_VALUE)
      return false;
  }
  return true;
}

static bool may_be_quick(const ProbeInput *input)
{
  static const char *const formats[] = {"matroska", "mov", "mpegts", "flv"};
  for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
    if (is_format(input, formats[i]))
      return true;
  return false;
}

/* False, with the input closed, if the plain way is needed. */
static bool open_quickly(ProbeInput *input)
{
  bool unknown = has_unknown_attachments(input);
  if (unknown)
    rename_unknown(input, AVMEDIA_TYPE_ATTACHMENT, AVMEDIA_TYPE_DATA);
  int code = find_stream_info_quickly(input);
  if (unknown)
    rename_unknown(input, AVMEDIA_TYPE_DATA, AVMEDIA_TYPE_ATTACHMENT);
  if (code >= 0 && !input->timed_out && (!unknown || probe_subtitle_starts(input))) {
    complete_vp9(input);
    if (is_complete(input))
      return true;
  }
  probe_input_close(input);
  return false;
}

bool probe_input_open(ProbeInput *input, GError **error)
{
  if (!open_format(input, error))
    return false;
  if (may_be_quick(input)) {
    if (open_quickly(input))
      return true;
    if (!open_format(input, error))
      return false;
  }
  int code = input->av->avformat_find_stream_info(input->format, NULL);
  if (code < 0 || input->timed_out)
    return probe_input_fail(input, code, "holds no stream that can be read; it is damaged or incomplete.", error);
  return true;
}
