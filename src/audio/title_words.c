/* Data: how track titles say that a track is not the film itself, by language. Test: tests/unit/audio/test_title.c
 *
 * A stem is as short as it can be without being another word: "kommentar" is German, Danish, Norwegian, Swedish, Czech (komentář
 * is "komentar"), and in compounds ("Audiokommentar", "Regiekommentar"). Not here, because they are words of their own in titles:
 * "comment", "director", "blind", "description", "narration". */
#include "audio/title_words.h"

#include <glib.h>

const TitleWord title_words[] = {
    /* Descriptive: first, because some contain the word for commentary. */
    {"audio desc", MATCH_STEM, TITLE_DESCRIPTIVE},      /* en: audio description, audio descriptive, audio described; fr; pt */
    {"audiodesc", MATCH_PART, TITLE_DESCRIPTIVE},       /* fr, es, pt, it, nl, ca, ro: audiodescription, -ción, -ção, -zione */
    {"audiodesk", MATCH_PART, TITLE_DESCRIPTIVE},       /* de: Audiodeskription; pl: audiodeskrypcja; no */
    {"audio desk", MATCH_STEM, TITLE_DESCRIPTIVE},      /* de */
    {"descriptive", MATCH_WORD, TITLE_DESCRIPTIVE},     /* en: Descriptive Audio, DVS */
    {"described video", MATCH_WORD, TITLE_DESCRIPTIVE}, /* en */
    {"described audio", MATCH_WORD, TITLE_DESCRIPTIVE}, /* en */
    {"descriptions audio", MATCH_WORD, TITLE_DESCRIPTIVE},
    {"description audio", MATCH_WORD, TITLE_DESCRIPTIVE},    /* fr */
    {"descripcion de audio", MATCH_WORD, TITLE_DESCRIPTIVE}, /* es */
    {"video description", MATCH_WORD, TITLE_DESCRIPTIVE},    /* en */
    {"dvs", MATCH_WORD, TITLE_DESCRIPTIVE},                  /* en: Descriptive Video Service */
    {"visually impaired", MATCH_WORD, TITLE_DESCRIPTIVE},    /* en */
    {"vision impaired", MATCH_WORD, TITLE_DESCRIPTIVE},      /* en */
    {"visual impaired", MATCH_WORD, TITLE_DESCRIPTIVE},      /* en */
    {"for the blind", MATCH_WORD, TITLE_DESCRIPTIVE},        /* en */
    {"horfilm", MATCH_STEM, TITLE_DESCRIPTIVE},              /* de: Hörfilm, Hörfilmfassung */
    {"hoerfilm", MATCH_STEM, TITLE_DESCRIPTIVE},             /* de */
    {"fur blinde", MATCH_STEM, TITLE_DESCRIPTIVE},           /* de: für Blinde */
    {"fuer blinde", MATCH_STEM, TITLE_DESCRIPTIVE},          /* de */
    {"sehbehindert", MATCH_STEM, TITLE_DESCRIPTIVE},         /* de */
    {"bildbeschreibung", MATCH_STEM, TITLE_DESCRIPTIVE},     /* de */
    {"malvoyant", MATCH_STEM, TITLE_DESCRIPTIVE},            /* fr */
    {"non voyant", MATCH_STEM, TITLE_DESCRIPTIVE},           /* fr */
    {"aveugles", MATCH_WORD, TITLE_DESCRIPTIVE},             /* fr */
    {"audiovision", MATCH_WORD, TITLE_DESCRIPTIVE},          /* fr */
    {"para ciegos", MATCH_WORD, TITLE_DESCRIPTIVE},          /* es */
    {"invidentes", MATCH_WORD, TITLE_DESCRIPTIVE},           /* es */
    {"para cegos", MATCH_WORD, TITLE_DESCRIPTIVE},           /* pt */
    {"non vedenti", MATCH_WORD, TITLE_DESCRIPTIVE},          /* it */
    {"ipovedenti", MATCH_WORD, TITLE_DESCRIPTIVE},           /* it */
    {"slechtziend", MATCH_STEM, TITLE_DESCRIPTIVE},          /* nl */
    {"blindentolk", MATCH_STEM, TITLE_DESCRIPTIVE},          /* nl */
    {"niewidom", MATCH_STEM, TITLE_DESCRIPTIVE},             /* pl: dla niewidomych */
    {"niedowidz", MATCH_STEM, TITLE_DESCRIPTIVE},            /* pl */
    {"nevidom", MATCH_STEM, TITLE_DESCRIPTIVE},              /* cs: pro nevidomé; sk */
    {"zvukovy popis", MATCH_WORD, TITLE_DESCRIPTIVE},        /* cs */
    {"audiopopis", MATCH_STEM, TITLE_DESCRIPTIVE},           /* cs, sk */
    {"тифло", MATCH_STEM, TITLE_DESCRIPTIVE},         /* ru: тифлокомментарий, тифлоперевод; uk */
    {"аудиодескр", MATCH_STEM, TITLE_DESCRIPTIVE},    /* ru, uk, bg */
    {"аудиоописание", MATCH_STEM, TITLE_DESCRIPTIVE}, /* ru */
    {"синхронописание", MATCH_STEM, TITLE_DESCRIPTIVE},
    {"для слепых", MATCH_WORD, TITLE_DESCRIPTIVE},          /* ru */
    {"слабовидящ", MATCH_STEM, TITLE_DESCRIPTIVE},          /* ru */
    {"syntolk", MATCH_STEM, TITLE_DESCRIPTIVE},             /* sv: syntolkning, syntolkad */
    {"synstolk", MATCH_STEM, TITLE_DESCRIPTIVE},            /* no: synstolking; da: synstolkning */
    {"kuvailutulk", MATCH_STEM, TITLE_DESCRIPTIVE},         /* fi */
    {"audionarraci", MATCH_STEM, TITLE_DESCRIPTIVE},        /* hu */
    {"vakok", MATCH_STEM, TITLE_DESCRIPTIVE},               /* hu: vakoknak, for the blind */
    {"latasserult", MATCH_STEM, TITLE_DESCRIPTIVE},         /* hu */
    {"betimleme", MATCH_STEM, TITLE_DESCRIPTIVE},           /* tr: sesli betimleme */
    {"ακουστικη περιγραφη", MATCH_WORD, TITLE_DESCRIPTIVE}, /* el */
    {"音声ガイド", MATCH_PART, TITLE_DESCRIPTIVE},          /* ja */
    {"視覚障害", MATCH_PART, TITLE_DESCRIPTIVE},            /* ja */
    {"口述影像", MATCH_PART, TITLE_DESCRIPTIVE},            /* zh */
    {"无障碍", MATCH_PART, TITLE_DESCRIPTIVE},              /* zh */
    {"無障礙", MATCH_PART, TITLE_DESCRIPTIVE},              /* zh */
    {"视障", MATCH_PART, TITLE_DESCRIPTIVE},                /* zh */
    {"視障", MATCH_PART, TITLE_DESCRIPTIVE},                /* zh */
    {"화면해설", MATCH_PART, TITLE_DESCRIPTIVE},            /* ko */
    {"화면 해설", MATCH_PART, TITLE_DESCRIPTIVE},           /* ko */
    {"תיאור קולי", MATCH_PART, TITLE_DESCRIPTIVE},          /* he */
    {"وصف صوتي", MATCH_PART, TITLE_DESCRIPTIVE},            /* ar */

    /* For those who hear badly. */
    {"hearing impaired", MATCH_WORD, TITLE_HEARING_IMPAIRED}, /* en */
    {"hard of hearing", MATCH_WORD, TITLE_HEARING_IMPAIRED},  /* en */
    {"sdh", MATCH_WORD, TITLE_HEARING_IMPAIRED},              /* en */
    {"closed caption", MATCH_STEM, TITLE_HEARING_IMPAIRED},   /* en */
    {"cc", MATCH_WORD, TITLE_CAPTIONS},
    {"horgeschadigt", MATCH_STEM, TITLE_HEARING_IMPAIRED},   /* de: Hörgeschädigte */
    {"hoergeschaedigt", MATCH_STEM, TITLE_HEARING_IMPAIRED}, /* de */
    {"schwerhorig", MATCH_STEM, TITLE_HEARING_IMPAIRED},     /* de */
    {"gehorlos", MATCH_STEM, TITLE_HEARING_IMPAIRED},        /* de */
    {"klare sprache", MATCH_WORD, TITLE_HEARING_IMPAIRED},   /* de: the broadcasters' name */
    {"malentendant", MATCH_STEM, TITLE_HEARING_IMPAIRED},    /* fr */
    {"sourds", MATCH_WORD, TITLE_HEARING_IMPAIRED},          /* fr */
    {"para sordos", MATCH_WORD, TITLE_HEARING_IMPAIRED},     /* es */
    {"para surdos", MATCH_WORD, TITLE_HEARING_IMPAIRED},     /* pt */
    {"non udenti", MATCH_WORD, TITLE_HEARING_IMPAIRED},      /* it */
    {"slechthorend", MATCH_STEM, TITLE_HEARING_IMPAIRED},    /* nl */
    {"nieslyszac", MATCH_STEM, TITLE_HEARING_IMPAIRED},      /* pl: dla niesłyszących */
    {"neslysic", MATCH_STEM, TITLE_HEARING_IMPAIRED},        /* cs: pro neslyšící */
    {"слабослышащ", MATCH_STEM, TITLE_HEARING_IMPAIRED},     /* ru */
    {"horselskad", MATCH_STEM, TITLE_HEARING_IMPAIRED},      /* sv: hörselskadade */
    {"horselshemm", MATCH_STEM, TITLE_HEARING_IMPAIRED},     /* no: hørselshemmede */
    {"horehaemm", MATCH_STEM, TITLE_HEARING_IMPAIRED},       /* da: hørehæmmede */
    {"kuulovamma", MATCH_STEM, TITLE_HEARING_IMPAIRED},      /* fi */
    {"hallasserult", MATCH_STEM, TITLE_HEARING_IMPAIRED},    /* hu */
    {"isitme engelli", MATCH_STEM, TITLE_HEARING_IMPAIRED},  /* tr */
    {"聴覚障害", MATCH_PART, TITLE_HEARING_IMPAIRED},        /* ja */
    {"听障", MATCH_PART, TITLE_HEARING_IMPAIRED},            /* zh */
    {"聽障", MATCH_PART, TITLE_HEARING_IMPAIRED},            /* zh */
    {"청각장애", MATCH_PART, TITLE_HEARING_IMPAIRED},        /* ko */

    /* No speech. */
    {"isolated score", MATCH_WORD, TITLE_NO_SPEECH},
    {"isolated music", MATCH_STEM, TITLE_NO_SPEECH},
    {"isolated effects", MATCH_WORD, TITLE_NO_SPEECH},
    {"isolated soundtrack", MATCH_WORD, TITLE_NO_SPEECH},
    {"score only", MATCH_WORD, TITLE_NO_SPEECH},
    {"music only", MATCH_WORD, TITLE_NO_SPEECH},
    {"music and effects", MATCH_WORD, TITLE_NO_SPEECH},
    {"music effects", MATCH_WORD, TITLE_NO_SPEECH},
    {"karaoke", MATCH_WORD, TITLE_NO_SPEECH},
    {"isolierte filmmusik", MATCH_WORD, TITLE_NO_SPEECH}, /* de */
    {"isolierte musik", MATCH_STEM, TITLE_NO_SPEECH},     /* de */
    {"musique isolee", MATCH_WORD, TITLE_NO_SPEECH},      /* fr */
    {"musica aislada", MATCH_WORD, TITLE_NO_SPEECH},      /* es */
    {"musica isolata", MATCH_WORD, TITLE_NO_SPEECH},      /* it */
    {"カラオケ", MATCH_PART, TITLE_NO_SPEECH},            /* ja */

    /* Commentary. */
    {"commentar", MATCH_STEM, TITLE_COMMENTARY},      /* en: commentary, commentaries */
    {"audiocommentar", MATCH_STEM, TITLE_COMMENTARY}, /* en */
    {"commentator", MATCH_STEM, TITLE_COMMENTARY},    /* en */
    {"commentat", MATCH_STEM, TITLE_COMMENTARY},      /* en: commentated by */
    {"rifftrax", MATCH_WORD, TITLE_COMMENTARY},       /* en: commentary sold apart from films */
    {"trivia track", MATCH_WORD, TITLE_COMMENTARY},   /* en */
    {"kommentar", MATCH_PART, TITLE_COMMENTARY},      /* de, da, no, sv, hu */
    {"commentaire", MATCH_PART, TITLE_COMMENTARY},    /* fr */
    {"commentee", MATCH_WORD, TITLE_COMMENTARY},      /* fr: version commentée */
    {"comentari", MATCH_PART, TITLE_COMMENTARY},      /* es, pt, ca, ro */
    {"comentad", MATCH_STEM, TITLE_COMMENTARY},       /* es, pt: comentado por */
    {"commento", MATCH_WORD, TITLE_COMMENTARY},       /* it */
    {"commenti", MATCH_WORD, TITLE_COMMENTARY},       /* it */
    {"audiocommento", MATCH_WORD, TITLE_COMMENTARY},  /* it */
    {"commentaar", MATCH_PART, TITLE_COMMENTARY},     /* nl */
    {"komentar", MATCH_PART, TITLE_COMMENTARY},       /* pl: komentarz; cs, sk: komentář; sl, hr, sr, id */
    {"комментари", MATCH_PART, TITLE_COMMENTARY},     /* ru */
    {"коментар", MATCH_PART, TITLE_COMMENTARY},       /* uk, bg, sr */
    {"kommentti", MATCH_PART, TITLE_COMMENTARY},      /* fi: kommenttiraita */
    {"kommentoi", MATCH_STEM, TITLE_COMMENTARY},      /* fi: kommentoi, kommentointi */
    {"kommentaari", MATCH_PART, TITLE_COMMENTARY},    /* fi, et */
    {"yorum", MATCH_STEM, TITLE_COMMENTARY},          /* tr: yönetmen yorumu */
    {"σχολια", MATCH_STEM, TITLE_COMMENTARY},         /* el */
    {"σχολιασμ", MATCH_STEM, TITLE_COMMENTARY},       /* el */
    {"コメンタリ", MATCH_PART, TITLE_COMMENTARY},     /* ja: コメンタリー */
    {"副音声", MATCH_PART, TITLE_COMMENTARY},         /* ja: the second sound track, which on discs is the commentary */
    {"音声解説", MATCH_PART, TITLE_COMMENTARY},       /* ja: on discs */
    {"评论", MATCH_PART, TITLE_COMMENTARY},           /* zh: 评论音轨 */
    {"評論", MATCH_PART, TITLE_COMMENTARY},           /* zh */
    {"导评", MATCH_PART, TITLE_COMMENTARY},           /* zh: the director's */
    {"導評", MATCH_PART, TITLE_COMMENTARY},           /* zh */
    {"解说", MATCH_PART, TITLE_COMMENTARY},           /* zh */
    {"解說", MATCH_PART, TITLE_COMMENTARY},           /* zh */
    {"코멘터리", MATCH_PART, TITLE_COMMENTARY},       /* ko */
    {"코멘트", MATCH_PART, TITLE_COMMENTARY},         /* ko */
    {"해설", MATCH_PART, TITLE_COMMENTARY},           /* ko */
    {"פרשנות", MATCH_PART, TITLE_COMMENTARY},         /* he */
    {"تعليق", MATCH_PART, TITLE_COMMENTARY},          /* ar */
    {"binh luan", MATCH_WORD, TITLE_COMMENTARY},      /* vi: bình luận */

    /* Forced subtitles. */
    {"forced", MATCH_WORD, TITLE_FORCED},          /* en */
    {"foreign parts", MATCH_STEM, TITLE_FORCED},   /* en */
    {"foreign only", MATCH_WORD, TITLE_FORCED},    /* en */
    {"foreign dialog", MATCH_STEM, TITLE_FORCED},  /* en */
    {"signs songs", MATCH_WORD, TITLE_FORCED},     /* en: Signs & Songs, of anime */
    {"signs and songs", MATCH_WORD, TITLE_FORCED}, /* en */
    {"songs and signs", MATCH_WORD, TITLE_FORCED}, /* en */
    {"songs signs", MATCH_WORD, TITLE_FORCED},     /* en */
    {"erzwungen", MATCH_STEM, TITLE_FORCED},       /* de */
    {"forces", MATCH_WORD, TITLE_FORCED},          /* fr: forcés */
    {"forcee", MATCH_STEM, TITLE_FORCED},          /* fr */
    {"forzad", MATCH_STEM, TITLE_FORCED},          /* es */
    {"forcad", MATCH_STEM, TITLE_FORCED},          /* pt: forçados */
    {"forzat", MATCH_STEM, TITLE_FORCED},          /* it */
    {"gedwongen", MATCH_STEM, TITLE_FORCED},       /* nl */
    {"wymuszon", MATCH_STEM, TITLE_FORCED},        /* pl */
    {"vynucen", MATCH_STEM, TITLE_FORCED},         /* cs */
    {"форсир", MATCH_STEM, TITLE_FORCED},          /* ru: форсированные */
    {"tvingad", MATCH_STEM, TITLE_FORCED},         /* sv */
    {"tvung", MATCH_STEM, TITLE_FORCED},           /* no, da */
    {"pakotet", MATCH_STEM, TITLE_FORCED},         /* fi */
    {"kenyszeritett", MATCH_STEM, TITLE_FORCED},   /* hu */
    {"zorunlu", MATCH_STEM, TITLE_FORCED},         /* tr */
    {"強制", MATCH_PART, TITLE_FORCED},            /* ja, zh */
    {"强制", MATCH_PART, TITLE_FORCED},            /* zh */
    {"강제", MATCH_PART, TITLE_FORCED},            /* ko */
};
const size_t title_words_count = G_N_ELEMENTS(title_words);

const char *const title_negations[] = {"no",   "non",  "not",   "without", "ohne",  "kein",  "sans",
                                       "sin",  "sem",  "senza", "zonder",  "geen",  "bez",   "без",
                                       "uten", "utan", "uden",  "nelkul",  "ingen", "ilman", NULL};
