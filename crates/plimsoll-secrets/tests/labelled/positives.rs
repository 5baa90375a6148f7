//! Texts that hold a secret.

use crate::Case;
use crate::recipe::{base64, build};

/// A token of a provider, alone as the value of a variable whose name says nothing.
const TOKENS: &[(&str, &str)] = &[
    ("github-pat-classic", "ghp_{a30}{crc}"),
    ("github-oauth", "gho_{a30}{crc}"),
    ("github-user-to-server", "ghu_{a30}{crc}"),
    ("github-server-to-server", "ghs_{a36}"),
    ("github-fine-grained", "github_pat_{a22}_{a59}"),
    ("gitlab-pat", "glpat-{u19}a"),
    ("gitlab-runner", "glrt-{u19}a"),
    ("gitlab-deploy", "gldt-{u19}a"),
    ("gitlab-trigger", "glptt-{h40}"),
    ("npm-access-token", "npm_{a30}{crc}"),
    ("rubygems-key", "rubygems_{h48}"),
    ("crates-io-token", "cio{a32}"),
    ("dockerhub-pat", "dckr_pat_{a27}"),
    ("aws-access-key-id", "AKIAQ4{B14}"),
    ("gcp-api-key", "AIza{a35}"),
    ("google-oauth-client-secret", "GOCSPX-{a28}"),
    ("digitalocean-pat", "dop_v1_{h64}"),
    ("netlify-pat", "nfp_{a38}"),
    ("pulumi-token", "pul-{h40}"),
    ("terraform-cloud-token", "{a14}.atlasv1.{a64}"),
    ("vault-service-token", "hvs.{a95}"),
    ("doppler-token", "dp.pt.{a43}"),
    ("planetscale", "pscale_pw_{a43}"),
    ("supabase-pat", "sbp_{h40}"),
    ("databricks-token", "dapi{h32}"),
    ("airtable-pat", "pat{a14}.{h64}"),
    ("stripe-secret", "sk_live_{a24}"),
    ("stripe-webhook-secret", "whsec_{a32}"),
    ("square-access", "sq0atp-{a22}"),
    ("shopify-token", "shpat_{h32}"),
    ("razorpay-key", "rzp_live_{a14}"),
    ("slack-bot-token", "xoxb-{d12}-{d12}-{a24}"),
    ("slack-app-token", "xapp-1-{U11}-{d13}-{h64}"),
    ("sendgrid-key", "SG.{a22}.{a43}"),
    ("mailgun-key", "key-{h32}"),
    ("brevo-key", "xkeysib-{h64}-{a16}"),
    ("twilio-api-key", "SK{h32}"),
    ("telegram-bot-token", "{d9}:AA{a33}"),
    ("openai-project-key", "sk-proj-{a50}T3BlbkFJ{a50}"),
    ("anthropic-key", "sk-ant-api03-{a93}AA"),
    ("huggingface-token", "hf_{a34}"),
    ("replicate-token", "r8_{a37}"),
    ("groq-key", "gsk_{a52}"),
    ("newrelic-user-key", "NRAK-{U27}"),
    ("postman-key", "PMAK-{h24}-{h34}"),
    ("linear-key", "lin_api_{a40}"),
    ("figma-pat", "figd_{a40}"),
    ("contentful-pat", "CFPAT-{a43}"),
    ("sentry-user-token", "sntryu_{h64}"),
    ("sonarqube-token", "squ_{h40}"),
    ("openshift-token", "sha256~{a43}"),
    ("azure-ad-client-secret", "{a3}8Q~{a33}"),
    ("alibaba-access-key", "LTAI{a20}"),
    ("buildkite-token", "bkua_{h40}"),
];

/// A name and a value; `|` marks the secret when it is not the whole.
const NAMED: &[(&str, &str, &str)] = &[
    ("POSTGRES_PASSWORD", "postgres", "weak-password"),
    ("MYSQL_ROOT_PASSWORD", "root", "weak-password"),
    ("POSTGRES_PASSWORD", "changeme", "weak-password"),
    ("KEYSTORE_PASSWORD", "changeit", "weak-password"),
    ("EMAIL_HOST_PASSWORD", "changeit", "weak-password"),
    ("REDIS_CACHE_PASSWORD", "changeit", "weak-password"),
    ("DB_PASSWORD", "password", "weak-password"),
    ("ADMIN_PASSWORD", "admin123", "weak-password"),
    ("REDIS_PASSWORD", "123456", "weak-password"),
    ("JWT_SECRET", "secret", "weak-password"),
    ("SESSION_SECRET", "keyboard cat", "weak-password"),
    ("MINIO_ROOT_PASSWORD", "minioadmin", "weak-password"),
    ("RABBITMQ_DEFAULT_PASS", "guest", "weak-password"),
    ("GF_SECURITY_ADMIN_PASSWORD", "Password1!", "weak-password"),
    ("SECRET_KEY", "change-me", "weak-password"),
    ("PASSWORD", "P@ssw0rd", "weak-password"),
    ("DB_PASSWORD", "harbour7", "named"),
    ("PGPASSWORD", "sloop", "named"),
    ("MYSQL_PWD", "keelson", "named"),
    ("SMTP_PASS", "tern-and-gull", "named"),
    ("KEYSTONE_DBPASS", "sextant", "named"),
    ("spring.datasource.password", "halyard99", "named"),
    ("dbPassword", "capstan!4", "named"),
    ("FORGEJO__database__PASSWD", "bowsprit", "named"),
    ("ConnectionStrings__Password", "windlass77", "named"),
    ("DB_PASSWORD", "{a24}", "named"),
    ("JWT_SECRET", "{h64}", "named"),
    ("SECRET_KEY_BASE", "{h128}", "named"),
    ("APP_KEY", "base64:{b43}=", "named"),
    ("SESSION_SECRET", "{a32}", "named"),
    ("COOKIE_SECRET", "{b32}", "named"),
    ("ENCRYPTION_KEY", "{h32}", "named"),
    ("MEILI_MASTER_KEY", "{u43}", "named"),
    ("AUTH_TOKEN", "{h40}", "named"),
    ("CLIENT_SECRET", "{a40}", "named"),
    ("OAUTH_CLIENTSECRET", "{a40}", "named"),
    ("ADMIN_API_KEY", "{a32}", "named"),
    ("APIKEY", "{h32}", "named"),
    ("BOT_TOKEN", "{a48}", "named"),
    ("AZURE_STORAGE_ACCOUNT_KEY", "{b86}==", "named"),
    ("SECRET_ACCESS_KEY", "{a38}", "named"),
    ("LICENSE_KEY", "{U28}", "named"),
    ("AUTH_SALT", "{a48}", "named"),
    ("PASSWORD_1", "foresail", "named"),
    ("TOKEN_PROD", "{a36}", "named"),
    ("ADMIN_PASSWORD_HASH", "$2y$10${a53}", "password-hash"),
    ("traefik.http.middlewares.auth.basicauth.users", "admin:|$apr1${a8}${a22}|", ""),
    ("NEO4J_AUTH", "neo4j/|mizzen42|", "named"),
    ("BASIC_AUTH", "ops:|topgallant|", "named"),
    ("DATABASE_URL", "postgres://app:|topsail9|@db:5432/app", "url-password"),
    ("DATABASE_URL", "postgresql+asyncpg://app:|postgres|@db/app", "url-password"),
    ("MONGO_URL", "mongodb+srv://app:|{a16}|@cluster0.mongo.test/app?retryWrites=true", "url-password"),
    ("REDIS_URL", "redis://:|spinnaker|@redis:6379/0", "url-password"),
    ("BROKER", "amqp://guest:|guest|@rabbit:5672//", "url-password"),
    ("HTTP_PROXY", "http://svc:|{a12}|@proxy.corp.test:3128", "url-password"),
    ("LDAP", "ldaps://cn=admin,dc=x:|jibsheet5|@ldap.corp.test", ""),
    ("SMTP_DSN", "smtp://mailer:|forepeak3|@mail.test:587", "url-password"),
    ("ELASTICSEARCH_HOSTS", "https://elastic:|{a20}|@es01:9200", "url-password"),
    ("JDBC_URL", "jdbc:mysql://db/app?user=app&password=|bulwark6|", "named"),
    ("ConnectionString", "Server=db;Database=app;User Id=sa;Password=|{a14}|;Encrypt=true", ""),
    ("MYSQL_DSN", "app:|scupper8|@tcp(db:3306)/app?parseTime=true", "named"),
    (
        "AZURE_STORAGE",
        "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=|{b86}==|;EndpointSuffix=core.test",
        "azure-storage-key",
    ),
    ("JAVA_OPTS", "-Xmx1g -Djavax.net.ssl.keyStorePassword=|changeit|", "weak-password"),
    ("SPRING_APPLICATION_JSON", "{\"spring.datasource.password\":\"|gunwale2|\"}", "named"),
    ("CLOUDFLARE_API_TOKEN", "{a40}", "cloudflare-api-token"),
    ("AWS_SECRET_ACCESS_KEY", "{b40}", "aws-secret-access-key"),
    ("DD_API_KEY", "{h32}", "datadog-key"),
    ("HEROKU_API_KEY", "{h8}-{h4}-{h4}-{h4}-{h12}", "heroku-key"),
];

/// Free text; `|` marks the secret.
const TEXTS: &[(&str, &str)] = &[
    ("mysql -u root -p|starboard| -e 'select 1'", ""),
    ("mysqladmin ping -h localhost -uroot -p|larboard4|", ""),
    ("redis-cli -a |ballast12| ping", ""),
    ("redis-server --requirepass |ballast12| --appendonly yes", ""),
    ("sh -c \"redis-server --requirepass |ballast12|\"", ""),
    ("mongosh -u admin -p |yardarm77| --eval 'db.stats()'", ""),
    ("sshpass -p |cutwater3| ssh deploy@host.test", ""),
    ("docker login -u ci -p |{a20}| registry.test", ""),
    ("echo x && podman login --username ci --password |{a20}| quay.test", ""),
    ("curl -fsSL -u deploy:|forecastle| https://repo.test/x.tgz -o x.tgz", ""),
    ("curl --user 'deploy:|forecastle|' https://repo.test", ""),
    ("curl -H 'Authorization: Bearer |{a40}|' https://api.test", ""),
    ("curl -H \"X-Api-Key: |{a32}|\" https://api.test", ""),
    ("wget --http-password=|bilge-pump| --http-user=x https://repo.test/x", ""),
    ("git clone https://oauth2:|{a26}|@git.test/org/app.git", "url-password"),
    ("git clone https://ci:|deckhand5|@git.test/org/app.git && cd app", "url-password"),
    ("pip install --extra-index-url https://user:|{a20}|@pypi.corp.test/simple app", "url-password"),
    ("npm config set //registry.corp.test/:_authToken |{u36}|", ""),
    ("echo '//npm.example.com/:_authToken=|npm_{a30}{crc}|' > .npmrc", "npm-access-token"),
    ("echo \"//npm.corp.test/:_authToken=|{u36}|\" >> ~/.npmrc", ""),
    ("echo 'root:|galley88|' | chpasswd", ""),
    ("useradd -m app && echo \"app:|galley88|\" | chpasswd -c SHA512", ""),
    ("echo |galley88| | passwd --stdin root", ""),
    ("htpasswd -bc /etc/nginx/.htpasswd admin |porthole1|", ""),
    ("psql -c \"CREATE USER app WITH PASSWORD '|rudder22|'\"", ""),
    ("mysql -e \"CREATE USER 'app'@'%' IDENTIFIED BY '|rudder22|'\"", ""),
    ("export DB_PASSWORD=|rudder22| && ./migrate.sh", ""),
    ("PGPASSWORD=|rudder22| pg_dump -h db app > dump.sql", ""),
    ("./server --db-password |rudder22| --port 80", ""),
    ("./server --api-key=|{a32}|", ""),
    ("java -Ddb.password=|rudder22| -jar app.jar", ""),
    ("keytool -genkeypair -keystore app.jks -storepass |changeit| -alias app", ""),
    ("keytool -importcert -noprompt -storepass |rudder22| -file ca.crt", ""),
    ("openssl pkcs12 -in k.p12 -passin pass:|anchorage| -nodes", ""),
    ("aws configure set aws_secret_access_key |{a40}|", ""),
    ("rabbitmqctl add_user app |fo'c'sle9|", ""),
    ("smbclient //nas/share -U 'backup%|oakum4you|'", ""),
    ("sed -i 's/^password=.*/password=|tarred-hemp|/' app.ini", ""),
    ("ldapsearch -x -D cn=admin -w |spanker11| -b dc=x", ""),
    ("/opt/mssql-tools/bin/sqlcmd -S localhost -U sa -P '|Str0ng-Enough!|' -Q 'select 1'", ""),
    ("[\"./server\", \"--token\", \"|{a32}|\"]", ""),
    ("{\"username\":\"x\",\"password\":\"|tillerman1|\",\"ssl\":true}", ""),
    ("database:\n  host: db\n  password: |tillerman1|\n  port: 5432\n", ""),
    ("[client]\nuser = root\npassword = |tillerman1|\n", ""),
    ("requirepass |tillerman1|\nmaxmemory 100mb\n", ""),
    ("machine git.test login ci password |tillerman1|\n", ""),
    ("const url = 'amqp://app:|tillerman1|@mq:5672'", "url-password"),
    ("notify |https://hooks.slack.com/services/T{U8}/B{U8}/{a24}|", "slack-webhook"),
    ("export A=1 B=2; ./run --secret-key=\"|{a40}|\" # start", ""),
    ("echo ${DB_PASSWORD:-|marlinspike|}", ""),
    ("CMD-SHELL mysqladmin ping -h 127.0.0.1 -p|marlinspike| || exit 1", ""),
];

/// All positives.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, recipe) in TOKENS {
        let token = build(recipe);
        cases.push(Case { name: "SETTING", text: token.clone(), secret: token, kind });
    }
    for (name, recipe, kind) in NAMED {
        cases.push(marked(name, recipe, kind));
    }
    for (recipe, kind) in TEXTS {
        cases.push(marked("", recipe, kind));
    }
    let jwt = format!(
        "{}.{}.{}",
        base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
        base64("{\"sub\":\"service-7\",\"role\":\"service_role\"}"),
        build("{u43}")
    );
    cases.push(Case { name: "SETTING", text: jwt.clone(), secret: jwt, kind: "jwt" });
    for label in ["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"] {
        let block = crate::recipe::armour(label, &crate::recipe::private_key(7));
        let text = format!("x: |\n  {}\n", block.replace('\n', "\n  "));
        let start = text.find("-----").expect("made for this");
        let secret = text[start..].trim_end().to_owned();
        cases.push(Case { name: "", text, secret, kind: "private-key-pem" });
    }
    let text = crate::recipe::expand("key: {openssh}\n", 3);
    let secret = text["key: ".len()..].trim_end().to_owned();
    cases.push(Case { name: "", text, secret, kind: "private-key-openssh" });
    cases
}

/// A case whose secret stands between `|`; without them it is the whole text.
fn marked(name: &'static str, recipe: &str, kind: &'static str) -> Case {
    let text = build(recipe);
    let marks: Vec<usize> = text.match_indices('|').map(|(at, _)| at).collect();
    // Pipes of the shell stand between blanks.
    let marks: Vec<usize> = marks
        .into_iter()
        .filter(|&at| !text[..at].ends_with(' ') || !text[at + 1..].starts_with([' ', '|']))
        .filter(|&at| !text[at + 1..].starts_with('|') && !text[..at].ends_with('|'))
        .collect();
    let [start, end] = marks[..] else {
        return Case { name, secret: text.clone(), text, kind };
    };
    let secret = text[start + 1..end].to_owned();
    let text = format!("{}{secret}{}", &text[..start], &text[end + 1..]);
    Case { name, text, secret, kind }
}
