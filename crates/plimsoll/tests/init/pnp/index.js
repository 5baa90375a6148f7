const polka = require('polka');

const app = polka();

app.get('/health', (request, response) => response.end('ok'));
app.listen(5000);
