export default function Page() {
  return <h1>Portal</h1>;
}
