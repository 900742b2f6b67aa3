/** Opcodes: the instructions that are emitted, by their names in WebAssembly's text format. */

// --- model
const table = `
unreachable 00  block 02  loop 03  if 04  else 05  end 0b  br 0c  br_if 0d  br_table 0e  return 0f  call 10  drop 1a  select 1b
local.get 20  local.set 21  local.tee 22
i32.load 28  f32.load 2a  f64.load 2b  i32.load8_u 2d  i32.store 36  f32.store 38  f64.store 39  i32.store8 3a
i32.const 41  i64.const 42  f32.const 43  f64.const 44
i32.eqz 45  i32.eq 46  i32.ne 47  i32.lt_s 48  i32.lt_u 49  i32.gt_s 4a  i32.gt_u 4b  i32.le_s 4c  i32.le_u 4d
i32.ge_s 4e  i32.ge_u 4f
f32.eq 5b  f32.ne 5c  f32.lt 5d  f32.gt 5e  f32.le 5f  f32.ge 60  f64.eq 61  f64.ne 62  f64.lt 63  f64.gt 64
f64.le 65  f64.ge 66
i32.add 6a  i32.sub 6b  i32.mul 6c  i32.div_s 6d  i32.div_u 6e  i32.rem_s 6f  i32.rem_u 70  i32.and 71  i32.or 72
i32.xor 73  i32.shl 74  i32.shr_s 75  i32.shr_u 76
f32.abs 8b  f32.neg 8c  f32.ceil 8d  f32.floor 8e  f32.trunc 8f  f32.nearest 90  f32.sqrt 91  f32.add 92  f32.sub 93
f32.mul 94  f32.div 95  f32.min 96  f32.max 97  f32.copysign 98
f64.abs 99  f64.neg 9a  f64.ceil 9b  f64.floor 9c  f64.trunc 9d  f64.nearest 9e  f64.sqrt 9f  f64.add a0  f64.sub a1
f64.mul a2  f64.div a3  f64.min a4  f64.max a5  f64.copysign a6
i64.lt_u 54  i64.eqz 50  i64.eq 51  i64.clz 79  i64.add 7c  i64.sub 7d  i64.mul 7e  i64.and 83  i64.or 84  i64.xor 85  i64.shl 86
i64.shr_s 87  i64.shr_u 88  i32.wrap_i64 a7  i64.extend_i32_u ad  f64.convert_i64_u ba  i64.reinterpret_f64 bd
f64.reinterpret_i64 bf
f32.convert_i32_s b2  f32.convert_i32_u b3  f32.demote_f64 b6  f64.convert_i32_s b7  f64.convert_i32_u b8
f64.promote_f32 bb  i32.reinterpret_f32 bc  f32.reinterpret_i32 be
i32.trunc_sat_f32_s fc00  i32.trunc_sat_f32_u fc01  i32.trunc_sat_f64_s fc02  i32.trunc_sat_f64_u fc03
memory.copy fc0a  memory.fill fc0b
v128.load fd00  v128.load32_splat fd09  v128.load64_splat fd0a  v128.store fd0b  v128.const fd0c  i8x16.shuffle fd0d
i32x4.splat fd11  i64x2.splat fd12  f32x4.splat fd13  f64x2.splat fd14
i32x4.extract_lane fd1b  i32x4.replace_lane fd1c  f32x4.extract_lane fd1f  f32x4.replace_lane fd20
f64x2.extract_lane fd21  f64x2.replace_lane fd22
i32x4.eq fd37  i32x4.ne fd38  i32x4.lt_s fd39  i32x4.lt_u fd3a  i32x4.gt_s fd3b  i32x4.gt_u fd3c  i32x4.le_s fd3d
i32x4.le_u fd3e  i32x4.ge_s fd3f  i32x4.ge_u fd40
f32x4.eq fd41  f32x4.ne fd42  f32x4.lt fd43  f32x4.gt fd44  f32x4.le fd45  f32x4.ge fd46
f64x2.eq fd47  f64x2.ne fd48  f64x2.lt fd49  f64x2.gt fd4a  f64x2.le fd4b  f64x2.ge fd4c
v128.not fd4d  v128.and fd4e  v128.andnot fd4f  v128.or fd50  v128.xor fd51  v128.bitselect fd52  v128.any_true fd53
v128.load8_lane fd54  v128.load16_lane fd55  v128.load32_lane fd56  v128.load64_lane fd57
v128.store8_lane fd58  v128.store16_lane fd59  v128.store32_lane fd5a  v128.store64_lane fd5b
v128.load32_zero fd5c  v128.load64_zero fd5d  f32x4.demote_f64x2_zero fd5e  f64x2.promote_low_f32x4 fd5f
i8x16.narrow_i16x8_s fd65  i8x16.narrow_i16x8_u fd66  f32x4.ceil fd67  f32x4.floor fd68  f32x4.trunc fd69
f32x4.nearest fd6a  f64x2.ceil fd74  f64x2.floor fd75  f64x2.trunc fd7a  i16x8.narrow_i32x4_s fd8501
i16x8.narrow_i32x4_u fd8601  i16x8.extend_low_i8x16_s fd8701  i16x8.extend_low_i8x16_u fd8901  f64x2.nearest fd9401
i32x4.abs fda001  i32x4.neg fda101  i32x4.all_true fda301  i32x4.extend_low_i16x8_s fda701
i32x4.extend_low_i16x8_u fda901  i32x4.shl fdab01  i32x4.shr_s fdac01  i32x4.shr_u fdad01  i32x4.add fdae01
i32x4.sub fdb101  i32x4.mul fdb501  i32x4.min_s fdb601  i32x4.min_u fdb701  i32x4.max_s fdb801  i32x4.max_u fdb901
i64x2.extend_low_i32x4_s fdc701  i64x2.shl fdcb01  i64x2.shr_s fdcc01  i64x2.shr_u fdcd01  i64x2.add fdce01  i64x2.sub fdd101
i64x2.eq fdd601  i64x2.gt_s fdd901
f32x4.pmin fdea01  f32x4.pmax fdeb01  f64x2.pmin fdf601  f64x2.pmax fdf701
f32x4.abs fde001  f32x4.neg fde101  f32x4.sqrt fde301  f32x4.add fde401  f32x4.sub fde501  f32x4.mul fde601
f32x4.div fde701  f32x4.min fde801  f32x4.max fde901  f64x2.abs fdec01  f64x2.neg fded01  f64x2.sqrt fdef01
f64x2.add fdf001  f64x2.sub fdf101  f64x2.mul fdf201  f64x2.div fdf301  f64x2.min fdf401  f64x2.max fdf501
i32x4.trunc_sat_f32x4_s fdf801  i32x4.trunc_sat_f32x4_u fdf901  f32x4.convert_i32x4_s fdfa01
f32x4.convert_i32x4_u fdfb01  i32x4.trunc_sat_f64x2_s_zero fdfc01  i32x4.trunc_sat_f64x2_u_zero fdfd01
f64x2.convert_low_i32x4_s fdfe01  f64x2.convert_low_i32x4_u fdff01
`

/** The bytes of an instruction, without its immediates: one to three, the first in the lowest bits, above them how many. */
export const opcodes: ReadonlyMap<string, number> = new Map(
  table
    .trim()
    .split(/\s{2,}|\n/)
    .map((entry) => {
      const [name, hex] = entry.trim().split(' ')
      const bytes = hex.match(/../g) as Array<string>
      const packed = bytes.reduce((sum, byte, k) => sum | (Number.parseInt(byte, 16) << (8 * k)), 0)
      return [name, packed | (bytes.length << 24)]
    })
)
