// What libxaac's core refers to and AAC-LC in mono or stereo never calls. Its own functions bring the tables of other codecs.
#include "ixheaac_type_def.h"

typedef struct ixheaace_mdct_tables ixheaace_mdct_tables;

/// The transform of AAC-LD with frames of 480 samples.
VOID ia_aac_ld_enc_mdct_480(FLOAT32 *input, FLOAT32 *scratch, WORD32 flag, ixheaace_mdct_tables *tables) {
  (void)input, (void)scratch, (void)flag, (void)tables;
  __builtin_trap();
}

/// A program config element, for more than two channels.
WORD32 ia_enhaacplus_enc_write_pce(WORD32 rate, WORD32 mask, WORD32 channels, pVOID bits) {
  (void)rate, (void)mask, (void)channels, (void)bits;
  __builtin_trap();
}
