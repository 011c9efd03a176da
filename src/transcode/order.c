/* The field tables of what travels between desk and runner. Test: tests/unit/transcode/test_order.c */
#include "transcode/order.h"

#include "transcode/transcode.h"

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
};
const FieldTable transcode_report_table = FIELD_TABLE(TranscodeReport, "TranscodeReport", NULL, report_fields);

static const Field payload_fields[] = {
    FIELD_INT(TranscodePayload, file_id, .flags = FIELD_REQUIRED, .help = "The library file."),
    FIELD_INT(TranscodePayload, profile_id, .flags = FIELD_REQUIRED, .help = "The profile."),
    FIELD_BOOL(TranscodePayload, force, .help = "Work even where rules that only save work say not to."),
};
const FieldTable transcode_payload_table = FIELD_TABLE(TranscodePayload, "TranscodePayload", NULL, payload_fields);
