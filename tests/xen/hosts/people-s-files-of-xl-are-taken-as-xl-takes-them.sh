. /payload/lib.sh
# What libxlutil says on this host is what it said where the golden files were made; and xl reads the same files. It refuses
# two: one for a number below 0, one for a word that is none of a device's.
cp -r /payload/xlcfg files
cd files
strings_of() { sed -n "s/^ *\"$1\": \"\(.*\)\".*/\1/p" "$2"; }
status_of() {
  local status=0
  "$@" || status=$?
  echo "$status" >status
}
for file in *.cfg; do
  name=${file%.cfg}
  status_of xl create -n "$file" >xl.json 2>xl.said
  case $name in
  08 | 15) [ "$(cat status)" != 0 ] || fail "xl takes $file" ;;
  *) [ "$(cat status)" = 0 ] || fail "xl refuses $file: $(cat xl.said)" ;;
  esac
  expect_status 3 xenlaunch import --check "$file"
  cmp output.txt $name.txt || fail "of $file another thing is said: $(diff output.txt $name.txt)"
  status_of xenlaunch import -q "$file" >made.yaml
  [ "$(cat status)" = 3 ] || fail "import of $file ended with $(cat status)"
  [ -e $name.yaml ] || continue
  cmp made.yaml $name.yaml || fail "$file becomes something else: $(diff made.yaml $name.yaml)"
  # Nothing that xl found is missing.
  for key in name pdev_path vdev bridge mac keymap; do
    strings_of $key xl.json | while read -r value; do
      echo "$name: $key $value"
      grep -qF -- "$value" made.yaml || fail "$file: $key $value is not in the VM file"
    done
  done
done
