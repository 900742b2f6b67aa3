/**
 * Opcodes: the instructions that are emitted, by their names in WebAssembly's text format. A line of the table has the part of a
 * name before the dot, then the names' other parts and their bytes.
 */

// --- model
const table = `
:  unreachable 00  block 02  loop 03  if 04  else 05  end 0b  br 0c  br_if 0d  br_table 0e  return 0f  call 10
:  drop 1a  select 1b
local:  get 20  set 21  tee 22
i32:  load 28  load8_u 2d  store 36  store8 3a  const 41  eqz 45  eq 46  ne 47  lt_s 48  lt_u 49  gt_s 4a  gt_u 4b
i32:  le_s 4c  le_u 4d  ge_s 4e  ge_u 4f  add 6a  sub 6b  mul 6c  div_s 6d  div_u 6e  rem_s 6f  rem_u 70  and 71
i32:  or 72  xor 73  shl 74  shr_s 75  shr_u 76  wrap_i64 a7  reinterpret_f32 bc  trunc_sat_f32_s fc00
i32:  trunc_sat_f32_u fc01  trunc_sat_f64_s fc02  trunc_sat_f64_u fc03
f32:  load 2a  store 38  const 43  eq 5b  ne 5c  lt 5d  gt 5e  le 5f  ge 60  abs 8b  neg 8c  ceil 8d  floor 8e
f32:  trunc 8f  nearest 90  sqrt 91  add 92  sub 93  mul 94  div 95  min 96  max 97  copysign 98  convert_i32_s b2
f32:  convert_i32_u b3  demote_f64 b6  reinterpret_i32 be
f64:  load 2b  store 39  const 44  eq 61  ne 62  lt 63  gt 64  le 65  ge 66  abs 99  neg 9a  ceil 9b  floor 9c
f64:  trunc 9d  nearest 9e  sqrt 9f  add a0  sub a1  mul a2  div a3  min a4  max a5  copysign a6  convert_i64_u ba
f64:  reinterpret_i64 bf  convert_i32_s b7  convert_i32_u b8  promote_f32 bb
i64:  const 42  lt_u 54  eqz 50  eq 51  clz 79  add 7c  sub 7d  mul 7e  and 83  or 84  xor 85  shl 86  shr_s 87
i64:  shr_u 88  extend_i32_u ad  reinterpret_f64 bd
memory:  copy fc0a  fill fc0b
v128:  load fd00  load32_splat fd09  load64_splat fd0a  store fd0b  const fd0c  not fd4d  and fd4e  andnot fd4f
v128:  or fd50  xor fd51  bitselect fd52  any_true fd53  load8_lane fd54  load16_lane fd55  load32_lane fd56
v128:  load64_lane fd57  store8_lane fd58  store16_lane fd59  store32_lane fd5a  store64_lane fd5b  load32_zero fd5c
v128:  load64_zero fd5d
i8x16:  shuffle fd0d  narrow_i16x8_s fd65  narrow_i16x8_u fd66
i32x4:  splat fd11  extract_lane fd1b  replace_lane fd1c  eq fd37  ne fd38  lt_s fd39  lt_u fd3a  gt_s fd3b  gt_u fd3c
i32x4:  le_s fd3d  le_u fd3e  ge_s fd3f  ge_u fd40  abs fda001  neg fda101  all_true fda301  extend_low_i16x8_s fda701
i32x4:  extend_low_i16x8_u fda901  shl fdab01  shr_s fdac01  shr_u fdad01  add fdae01  sub fdb101  mul fdb501
i32x4:  min_s fdb601  min_u fdb701  max_s fdb801  max_u fdb901  trunc_sat_f32x4_s fdf801  trunc_sat_f32x4_u fdf901
i32x4:  trunc_sat_f64x2_s_zero fdfc01  trunc_sat_f64x2_u_zero fdfd01
i64x2:  splat fd12  extend_low_i32x4_s fdc701  shl fdcb01  shr_s fdcc01  shr_u fdcd01  add fdce01  sub fdd101
i64x2:  eq fdd601  gt_s fdd901
f32x4:  splat fd13  extract_lane fd1f  replace_lane fd20  eq fd41  ne fd42  lt fd43  gt fd44  le fd45  ge fd46
f32x4:  demote_f64x2_zero fd5e  ceil fd67  floor fd68  trunc fd69  nearest fd6a  pmin fdea01  pmax fdeb01  abs fde001
f32x4:  neg fde101  sqrt fde301  add fde401  sub fde501  mul fde601  div fde701  min fde801  max fde901
f32x4:  convert_i32x4_s fdfa01  convert_i32x4_u fdfb01
f64x2:  splat fd14  extract_lane fd21  replace_lane fd22  eq fd47  ne fd48  lt fd49  gt fd4a  le fd4b  ge fd4c
f64x2:  promote_low_f32x4 fd5f  ceil fd74  floor fd75  trunc fd7a  nearest fd9401  pmin fdf601  pmax fdf701
f64x2:  abs fdec01  neg fded01  sqrt fdef01  add fdf001  sub fdf101  mul fdf201  div fdf301  min fdf401  max fdf501
f64x2:  convert_low_i32x4_s fdfe01  convert_low_i32x4_u fdff01
i16x8:  narrow_i32x4_s fd8501  narrow_i32x4_u fd8601  extend_low_i8x16_s fd8701  extend_low_i8x16_u fd8901
`

/** The bytes of an instruction, without its immediates: one to three, the first in the lowest bits, above them how many. */
export const opcodes: ReadonlyMap<string, number> = new Map(
  table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [group, ...entries] = line.split(/:? {2}/)
      return entries.map((entry) => {
        const [name, hex] = entry.split(' ')
        const bytes = hex.match(/../g) as Array<string>
        const packed = bytes.reduce((sum, byte, k) => sum | (Number.parseInt(byte, 16) << (8 * k)), 0)
        return [group === '' ? name : `${group}.${name}`, packed | (bytes.length << 24)] as const
      })
    })
)
