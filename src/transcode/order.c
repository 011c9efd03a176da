/* The field tables of what travels between desk and runner. Test: tests/unit/transcode/test_order.c */
#include "transcode/order.h"

#include "transcode/transcode.h"

static const Field chunk_order_fields[] = {
    FIELD_INT(ChunkOrder, replacement_id, .help = "The journal entry that owns the write directory."),
    FIELD_INT(ChunkOrder, count, .help = "How many chunks the film has."),
    FIELD_RECORD(ChunkOrder, range, chunk_range_table, .help = "Which part of the film it is."),
    FIELD_TEXT(ChunkOrder, source_path, .help = "The file to read."),
    FIELD_INT(ChunkOrder, source_size_bytes, .help = "Size of the source when it was cut."),
    FIELD_INT(ChunkOrder, source_mtime_ns, .help = "Time of the source when it was cut."),
    FIELD_INT(ChunkOrder, film_ms, .help = "Length of the whole film."),
    FIELD_INT(ChunkOrder, bound_bytes, .help = "How many bytes the whole film may have for the profile's saving."),
    FIELD_TEXT(ChunkOrder, write_directory, .help = "The only directory the encoder may write to."),
    FIELD_STRINGS(ChunkOrder, arguments, .help = "Arguments of the encoder."),
};
const FieldTable chunk_order_table = FIELD_TABLE(ChunkOrder, "ChunkOrder", NULL, chunk_order_fields);

static const Field chunk_result_fields[] = {
    FIELD_TEXT(ChunkResult, name, .help = "Name of the chunk's file."),
    FIELD_INT(ChunkResult, bytes, .help = "Its size."),
    FIELD_TEXT(ChunkResult, fingerprint, .flags = FIELD_NULLABLE, .help = "Its fingerprint."),
    FIELD_INT(ChunkResult, frames, .help = "Frames in it."),
    FIELD_INT(ChunkResult, start_us, .help = "When its first frame is shown, in microseconds."),
    FIELD_REAL(ChunkResult, seconds, .help = "Time that its encode took, in s."),
    FIELD_REAL(ChunkResult, fps, .help = "Mean frames per second of its encode."),
};
const FieldTable chunk_result_table = FIELD_TABLE(ChunkResult, "ChunkResult", NULL, chunk_result_fields);

static const Field order_fields[] = {
    FIELD_INT(TranscodeOrder, job_id, .help = "The job this belongs to."),
    FIELD_INT(TranscodeOrder, replacement_id, .help = "The journal entry that owns the write directory."),
    FIELD_TEXT(TranscodeOrder, source_path, .help = "The file to read."),
    FIELD_TEXT(TranscodeOrder, output_path, .help = "The file to write."),
    FIELD_TEXT(TranscodeOrder, write_directory, .help = "The only directory the encoder may write to."),
    FIELD_BOOL(TranscodeOrder, force, .help = "Rules that only save work are not applied."),
    FIELD_RECORD(TranscodeOrder, media, media_info_table, .help = "What the source is."),
    FIELD_RECORD(TranscodeOrder, profile, profile_table, .help = "What is wanted."),
    FIELD_RECORD(TranscodeOrder, plan, encode_plan_table, .help = "What will be done."),
    FIELD_RECORD(TranscodeOrder, found, quality_found_table, .help = "The quality that an earlier search came to."),
    FIELD_REAL(TranscodeOrder, flattery, .help = "By how much samples flattered an encode that missed its target."),
    FIELD_RECORD(TranscodeOrder, chunks, chunk_plan_table, .help = "Where the film is cut, if it is."),
    FIELD_RECORDS(TranscodeOrder, parts, chunk_result_table, .help = "Chunks to join."),
    FIELD_RECORD(TranscodeOrder, so_far, transcode_report_table, .help = "What was reported when the film was cut."),
};
const FieldTable transcode_order_table = FIELD_TABLE(TranscodeOrder, "TranscodeOrder", NULL, order_fields);

static const Field report_fields[] = {
    FIELD_INT(TranscodeReport, output_bytes, .help = "Size of the output."),
    FIELD_REAL(TranscodeReport, seconds, .help = "Wall time of the work, frozen time left out."),
    FIELD_REAL(TranscodeReport, fps, .help = "Mean frames per second of the encode."),
    FIELD_REAL(TranscodeReport, ssim, .flags = FIELD_NULLABLE, .help = "Mean SSIM against the source, where it was measured."),
    FIELD_REAL(TranscodeReport, score, .flags = FIELD_NULLABLE,
               .help = "Score of the whole output by the profile's target metric, where it has one."),
    FIELD_RECORD(TranscodeReport, found, quality_found_table, .help = "What the search of the quality came to."),
    FIELD_BOOL(TranscodeReport, decoded_clean, .help = "The output was decoded without an error."),
    FIELD_ENUM(TranscodeReport, failed_family, encoder_family_table, .flags = FIELD_NULLABLE,
               .help = "The encoder family that failed before the one that worked."),
    FIELD_TEXT(TranscodeReport, failed_reason, .flags = FIELD_NULLABLE, .help = "Why that family failed."),
    FIELD_TEXT(TranscodeReport, crop, .flags = FIELD_NULLABLE, .help = "The picture inside black bars, w:h:x:y."),
    FIELD_TEXT(TranscodeReport, log_tail, .flags = FIELD_NULLABLE, .help = "The last lines the encoder said."),
    FIELD_RECORDS(TranscodeReport, chunks, chunk_order_table, .help = "Chunks that the film is to be encoded in."),
};
const FieldTable transcode_report_table = FIELD_TABLE(TranscodeReport, "TranscodeReport", NULL, report_fields);

static const Field payload_fields[] = {
    FIELD_INT(TranscodePayload, file_id, .flags = FIELD_REQUIRED, .help = "The library file."),
    FIELD_INT(TranscodePayload, profile_id, .flags = FIELD_REQUIRED, .help = "The profile."),
    FIELD_BOOL(TranscodePayload, force, .help = "Work even where rules that only save work say not to."),
    FIELD_BOOL(TranscodePayload, whole, .help = "Not in chunks: that was tried."),
    FIELD_REAL(TranscodePayload, flattery, .help = "By how much samples flattered an encode that missed its target."),
};
const FieldTable transcode_payload_table = FIELD_TABLE(TranscodePayload, "TranscodePayload", NULL, payload_fields);
