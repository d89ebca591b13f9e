// Starts `hetc lsp` and shows what it says. Everything about the language is said by the server or by the grammar beside this file.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function start() {
  const command = vscode.workspace.getConfiguration("hetc").get("path") || "hetc";
  const server = { command, args: ["lsp"] };
  const options = {
    documentSelector: [
      { scheme: "file", language: "hetc" },
      { scheme: "untitled", language: "hetc" },
    ],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.net") },
    // We can show `hetc:` documents: the prelude, and the pages of diagnostics.
    initializationOptions: { documents: true },
  };
  client = new LanguageClient("hetc", "hetc", server, options);
  return client.start().catch((error) => {
    const message = `hetc cannot be started (${command}): ${error.message ?? error}. Is "hetc.path" right?`;
    vscode.window.showErrorMessage(message);
  });
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) await running.stop();
}

/** The text of `hetc:/prelude.net` or `hetc:/H0401.md`. */
async function provideTextDocumentContent(uri) {
  const text = await client?.sendRequest("hetc/document", { uri: uri.toString() });
  return text ?? "";
}

function explain(code) {
  return vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.parse(`hetc:/${code}.md`));
}

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider("hetc", { provideTextDocumentContent }),
    vscode.commands.registerCommand("hetc.explain", explain),
    vscode.commands.registerCommand("hetc.restart", () => stop().then(start)),
  );
  return start();
};

exports.deactivate = stop;
