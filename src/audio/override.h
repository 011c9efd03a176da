/* Which of a policy's path overrides counts for a file. */
#pragma once

#include "audio/policy.h"

/* The override with the most specific glob that fits the absolute path; NULL if none fits, or the path is NULL.
 *
 * A glob (base/glob.h) that begins with a slash is held against the whole path; any other may begin at any directory on the way
 * ("Anime", "Anime/Movies", "*.remux.mkv"). A glob that fits a directory covers what is below it. Case counts.
 *
 * The most specific glob has the longest literal text before its first wildcard, then the fewest wildcards, then the most bytes;
 * the first of two alike. A glob without a slash before it begins, in this, with a wildcard: "/media/tv/Anime" is more specific.
 */
const AudioOverride *audio_override_for(const AudioPolicy *policy, const char *path);
