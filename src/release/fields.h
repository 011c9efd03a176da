/* The fields that are read straight from a name's settled words. Within the module only.
 *
 * Thread-safety: pure; each function writes only its own fields of the release. Offsets are those of the scanned text. */
#pragma once

#include "release/release.h"
#include "release/title.h"

void fields_edition(const Scan *scan, const TitlePlace *place, Release *release);
void fields_revision(const Scan *scan, Release *release);
void fields_languages(const Scan *scan, Release *release);
void fields_ids(const Scan *scan, Release *release);
void fields_hardcoded_subs(const Scan *scan, Release *release);
void fields_episode(const Scan *scan, Release *release);

/* True if the name follows the scene's rules: words parted by dots only, a title, tags, and "-group" at the end. */
bool fields_scene(const Scan *scan, const TitlePlace *place, const Release *release);
